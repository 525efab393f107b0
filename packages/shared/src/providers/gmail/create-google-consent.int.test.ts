import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { ConsentingBrowser } from "@millrace/gmail-simulator/testing/consenting-browser";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Access, ConsentResult } from "../consent-provider.ts";
import { createGoogleConsent } from "./create-google-consent.ts";

const email = "ann@example.com";
const redirectUri = "http://127.0.0.1:9/callback";
const verifier = "a-verifier-of-forty-three-characters-or-more";
let simulator: GmailSimulator;
let consent: ReturnType<typeof createGoogleConsent>;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", mailboxes: [{ email, generate: 3 }] });
  consent = createGoogleConsent({
    clientId: "client",
    clientSecret: "MARKED-secret",
    authUrl: simulator.authUrl,
    tokenUrl: simulator.tokenUrl,
    rootUrl: simulator.rootUrl,
  });
});
afterAll(async () => {
  consent?.close();
  await simulator?.close();
});

interface Way {
  readonly access?: Access;
  /** What the person does to the page's address. */
  readonly change?: (page: URL) => void;
  readonly form?: Readonly<Record<string, string>>;
  readonly shownVerifier?: string;
}

async function consentTo({
  access = "read",
  change,
  form,
  shownVerifier = verifier,
}: Way): Promise<ConsentResult> {
  const page = new URL(
    consent.consentUrl({ redirectUri, state: "state", verifier, access, loginHint: email }),
  );
  change?.(page);
  const back = await new ConsentingBrowser().allow(page, email, form);
  const code = back.searchParams.get("code") ?? "";
  return consent.redeem({ code, verifier: shownVerifier, redirectUri, access });
}

test("the verifier's digest leaves with the browser, and not the verifier", () => {
  const url = consent.consentUrl({ redirectUri, state: "state", verifier, access: "read", loginHint: null });
  expect(url).not.toContain(verifier);
  expect(url).not.toContain("MARKED");
  expect(new URL(url).searchParams.has("login_hint")).toBe(false);
});

test("a consent gives a refresh token, and the address that the provider says", async () => {
  expect(await consentTo({})).toEqual({
    kind: "granted",
    email,
    refreshToken: expect.stringMatching(/^sim-refresh-/),
    consentEndsAt: null,
  });
});

test("more than is needed is enough: whoever may change mail may read it", async () => {
  const scope = "https://www.googleapis.com/auth/gmail.modify";
  const change = (page: URL) => page.searchParams.set("scope", scope);
  expect(await consentTo({ change })).toMatchObject({ kind: "granted" });
  expect(await consentTo({ access: "modify" })).toMatchObject({ kind: "granted" });
});

test("less than is needed, no lasting access and a code of another verifier are refused", async () => {
  const refusals: [way: Way, why: string][] = [
    [{ form: { chosen: "scopes" } }, "access_missing"],
    [
      { access: "modify", change: (page) => page.searchParams.set("scope", "openid gmail.modify") },
      "access_missing",
    ],
    [{ change: (page) => page.searchParams.set("access_type", "online") }, "refresh_token_missing"],
    [{ shownVerifier: `${verifier}-other` }, "code_refused"],
  ];
  for (const [way, why] of refusals) {
    const change = (page: URL) => {
      page.searchParams.delete("include_granted_scopes");
      way.change?.(page);
    };
    expect(await consentTo({ ...way, change })).toEqual({ kind: "refused", why });
  }
});

test("a mailbox that Google keeps closed is refused, and what may pass is a fault without secrets", async () => {
  const { control } = simulator;
  const match = { endpoint: "profile" } as const;
  const closed = { kind: "status", status: 403, reason: "domainPolicy", message: "closed" } as const;
  await control.addFault({ match, effect: closed, when: { times: 1 } });
  expect(await consentTo({})).toEqual({ kind: "refused", why: "mailbox_refused" });
  const faults = [
    { match, effect: { kind: "status", status: 503 } },
    { match, effect: { kind: "empty200" } },
    { match: { endpoint: "token" }, effect: { kind: "empty200" } },
    {
      match: { endpoint: "token" },
      effect: { kind: "status", status: 400, reason: "invalid_client", message: `MARKED-secret ${verifier}` },
    },
  ] as const;
  for (const fault of faults) {
    await control.addFault({ ...fault, when: { times: 1 } });
    const result = await consentTo({});
    expect(result).toMatchObject({ kind: "failed", fault: { category: "transient" } });
    expect(JSON.stringify(result)).not.toMatch(/MARKED|a-verifier|sim-refresh|ya29/);
  }
  expect(await consentTo({})).toMatchObject({ kind: "granted" }); // no fault was left over
});

test("one attempt is one request: a code that failed to be exchanged is not sent again", async () => {
  await simulator.control.resetCalls();
  await simulator.control.addFault({
    match: { endpoint: "token" },
    effect: { kind: "status", status: 503 },
    when: { times: 5 },
  });
  expect(await consentTo({})).toMatchObject({ kind: "failed" });
  const { calls } = await simulator.control.calls();
  expect(calls.filter(({ endpoint }) => endpoint === "token").map(({ count }) => count)).toEqual([1]);
  await simulator.control.clearFaults();
});

test("a token from elsewhere is tried: it opens its own mailbox only, and the answer holds no secret", async () => {
  const { control } = simulator;
  const tokenOf = (address: string) => `sim-refresh-${address}`;
  expect(await consent.tryToken(tokenOf(email), email)).toEqual({ kind: "opens", consentEndsAt: null });
  expect(await consent.tryToken(tokenOf(email), "ANN@example.com")).toEqual({
    kind: "opens",
    consentEndsAt: null,
  });
  const refusals = [
    ["MARKED-worthless", email, "token_refused"],
    [tokenOf(email), "bob@example.com", "other_mailbox"],
  ] as const;
  for (const [token, address, why] of refusals)
    expect(await consent.tryToken(token, address)).toEqual({ kind: "refused", why });
  const closed = { kind: "status", status: 403, reason: "domainPolicy", message: "closed" } as const;
  await control.addFault({ match: { endpoint: "profile" }, effect: closed, when: { times: 1 } });
  expect(await consent.tryToken(tokenOf(email), email)).toEqual({ kind: "refused", why: "mailbox_refused" });
  const answers = [
    { kind: "status", status: 503 },
    { kind: "status", status: 400, reason: "invalid_client", message: `MARKED-secret ${tokenOf(email)}` },
  ] as const;
  for (const effect of answers) {
    await control.addFault({ match: { endpoint: "token" }, effect, when: { times: 1 } });
    const trial = await consent.tryToken(tokenOf(email), email);
    expect(trial).toMatchObject({ kind: "failed", fault: { category: "transient" } });
    expect(JSON.stringify(trial)).not.toMatch(/MARKED|sim-refresh|ya29/);
  }
});
