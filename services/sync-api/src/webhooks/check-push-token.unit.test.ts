import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { checkPushToken, PushTokenError } from "./check-push-token.ts";

const now = new Date("2026-03-01T12:00:00Z");
const nowSeconds = now.getTime() / 1_000;
const expected = { audience: "https://api.example/v1/webhooks/gmail", serviceAccount: "push@p.iam.example" };
const claims: JWTPayload = {
  aud: expected.audience,
  azp: "1",
  email: expected.serviceAccount,
  email_verified: true,
  exp: nowSeconds + 3_000,
  iat: nowSeconds - 600,
  iss: "https://accounts.google.com",
  sub: "1",
};

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
let google: Pair;
let stranger: Pair;
let keys: ReturnType<typeof createLocalJWKSet>;

beforeAll(async () => {
  [google, stranger] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")]);
  keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(google.publicKey)), kid: "g1" }] });
});

const signed = (change: JWTPayload = {}, header: Partial<JWTHeaderParameters> = {}, by = google) =>
  new SignJWT({ ...claims, ...change })
    .setProtectedHeader({ alg: "RS256", kid: "g1", ...header })
    .sign(by.privateKey);
const check = (authorization: string | undefined) => checkPushToken(authorization, expected, keys, now);
const without = (claim: string) => ({ [claim]: undefined });

describe("a token of our subscription", () => {
  it.each([
    ["as Google makes it", {}],
    ["of the issuer's other name", { iss: "accounts.google.com" }],
    ["that our clock calls over, within the leeway", { exp: nowSeconds - 20 }],
    ["that our clock calls of the future, within the leeway", { iat: nowSeconds + 20 }],
  ])("%s is taken", async (_, change) => {
    await expect(check(`Bearer ${await signed(change)}`)).resolves.toBeUndefined();
  });
});

describe("a token", () => {
  it.each<[string, JWTPayload, RegExp]>([
    ["that is over", { exp: nowSeconds - 31 }, /ERR_JWT_EXPIRED/],
    ["that never ends", without("exp"), /claim exp/],
    ["of the future", { iat: nowSeconds + 40 }, /iat/],
    ["that does not say since when", without("iat"), /iat/],
    ["that is older than Google makes them", { iat: nowSeconds - 4_000 }, /iat/],
    ["that is not good yet", { nbf: nowSeconds + 60 }, /nbf/],
    ["for another audience", { aud: "https://other.example" }, /aud/],
    ["for no audience", without("aud"), /aud/],
    ["of another issuer", { iss: "https://accounts.example" }, /iss/],
    ["of no issuer", without("iss"), /iss/],
    ["of another service account", { email: "other@p.iam.example" }, /service account/],
    ["of a service account that only looks like ours", { email: "PUSH@p.iam.example" }, /service account/],
    ["of no service account", without("email"), /service account/],
    ["whose service account is not verified", { email_verified: false }, /not verified/],
    ["whose service account is verified in words", { email_verified: "true" }, /not verified/],
  ])("%s is refused", async (_, change, reason) => {
    const refused = check(`Bearer ${await signed(change)}`);
    await expect(refused).rejects.toBeInstanceOf(PushTokenError);
    await expect(refused).rejects.toThrow(reason);
  });

  it("signed by somebody else under the name of Google's key is refused", async () => {
    await expect(check(`Bearer ${await signed({}, {}, stranger)}`)).rejects.toThrow(/SIGNATURE/);
  });

  it("that names a key which nobody knows is refused", async () => {
    await expect(check(`Bearer ${await signed({}, { kid: "g2" }, stranger)}`)).rejects.toThrow(
      /NO_MATCHING_KEY/,
    );
  });

  it("whose claims were changed after it was signed is refused", async () => {
    const [head, , signature] = (await signed({ email: "other@p.iam.example" })).split(".");
    const changed = Buffer.from(JSON.stringify(claims)).toString("base64url");
    await expect(check(`Bearer ${head}.${changed}.${signature}`)).rejects.toThrow(/SIGNATURE/);
  });

  it("without a signature is refused", async () => {
    const unsigned = new UnsecuredJWT(claims).encode();
    await expect(check(`Bearer ${unsigned}`)).rejects.toBeInstanceOf(PushTokenError);
    await expect(check(`Bearer ${unsigned}AAAA`)).rejects.toThrow(/ALG/);
  });

  it("signed with Google's public key as if it were a shared secret is refused", async () => {
    const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(google.publicKey)));
    const token = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "g1" }).sign(secret);
    await expect(check(`Bearer ${token}`)).rejects.toThrow(/ALG/);
  });

  it("signed with another method of the same key is refused", async () => {
    const pair = await generateKeyPair("PS256", { extractable: true });
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: "PS256", kid: "g1" })
      .sign(pair.privateKey);
    await expect(check(`Bearer ${token}`)).rejects.toThrow(/ALG/);
  });

  it.each([
    undefined,
    "",
    "Bearer",
    "Bearer a.b",
    "Basic a.b.c",
    "Bearer a.b.c d",
    "Bearer !.!.!",
    "Bearer a.b.c",
  ])("in the form of %j is refused, and not repeated", async (authorization) => {
    await expect(check(authorization)).rejects.toBeInstanceOf(PushTokenError);
  });

  it("is not repeated in what is said of it", async () => {
    const token = await signed({ exp: 1 });
    const error = await check(`Bearer ${token}`).catch((thrown: Error) => thrown);
    expect((error as Error).message).not.toContain(token.slice(0, 20));
  });
});
