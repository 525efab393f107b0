import { CodeChallengeMethod, OAuth2Client } from "google-auth-library";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type GmailSimulator, startGmailSimulator } from "./start-gmail-simulator.ts";
import { connectGoogleClient, failureOf } from "./testing/connect-google-client.ts";

const email = "ann@example.com";
const readonly = "https://www.googleapis.com/auth/gmail.readonly";
const modify = "https://www.googleapis.com/auth/gmail.modify";
const redirectUri = "http://127.0.0.1:9/callback?kept=1";
let simulator: GmailSimulator;
let client: OAuth2Client;
let nowMs = Date.now();

beforeAll(async () => {
  simulator = await startGmailSimulator({
    quotas: "off",
    now: () => nowMs,
    mailboxes: [{ email, generate: 3 }],
  });
});
beforeEach(() => {
  client = newClient();
});
afterAll(() => simulator.close());

function newClient(clientId = "client", redirect = redirectUri): OAuth2Client {
  return new OAuth2Client({
    clientId,
    clientSecret: "secret",
    redirectUri: redirect,
    endpoints: {
      oauth2AuthBaseUrl: simulator.authUrl,
      oauth2TokenUrl: simulator.tokenUrl,
      oauth2RevokeUrl: `${simulator.url}/revoke`,
    },
  });
}

interface Asked {
  readonly url: string;
  readonly verifier: string;
}

async function ask(more: object = {}): Promise<Asked> {
  const { codeVerifier, codeChallenge = "" } = await client.generateCodeVerifierAsync();
  const url = client.generateAuthUrl({
    access_type: "offline",
    scope: readonly,
    state: "a state",
    code_challenge_method: CodeChallengeMethod.S256,
    code_challenge: codeChallenge,
    ...more,
  });
  return { url, verifier: codeVerifier };
}

/** What a person does with the page: where the browser is sent. */
async function answer(url: string, form: Readonly<Record<string, string>>): Promise<URL> {
  const answered = await fetch(url, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
  expect(answered.status).toBe(302);
  return new URL(answered.headers.get("location") ?? "");
}

async function codeOf(asked: Asked): Promise<string> {
  return (await answer(asked.url, { email, decision: "allow" })).searchParams.get("code") ?? "";
}

const failure = (code: string, verifier?: string, of = client) =>
  failureOf(of.getToken({ code, ...(verifier === undefined ? {} : { codeVerifier: verifier }) }));
const invalidGrant = { status: 400, body: { error: "invalid_grant" } };

describe("the page", () => {
  test("names client, mailboxes and what is asked for, in a form without script, and shows no markup of others", async () => {
    const { url } = await ask({ client_id: "<script>alert(1)</script>", login_hint: '"><b>' });
    const shown = await fetch(url);
    const html = await shown.text();
    expect(shown.headers.get("content-type")).toContain("text/html");
    expect(html).toContain(`value="${email}"`);
    expect(html).toContain("View your email messages and settings");
    expect(html).toContain("&#60;script&#62;alert(1)");
    expect(html).not.toMatch(/<script|<b>/);
  });

  test("sends nobody anywhere for a request that is wrong", async () => {
    const { url } = await ask();
    const wrong: [name: string, value: string | null][] = [
      ["client_id", null],
      ["redirect_uri", null],
      ["redirect_uri", "javascript:alert(1)"],
      ["redirect_uri", "https://a.example/#x"],
      ["response_type", "token"],
      ["scope", null],
      ["code_challenge", "short"],
      ["code_challenge_method", "MD5"],
    ];
    for (const [name, value] of wrong) {
      const changed = new URL(url);
      if (value === null) changed.searchParams.delete(name);
      else changed.searchParams.set(name, value);
      for (const method of ["GET", "POST"]) {
        const refused = await fetch(changed, { method, redirect: "manual" });
        expect([name, refused.status]).toEqual([name, 400]);
      }
    }
  });

  test("sends the browser back with the state, and with a denial when the person denies", async () => {
    const back = await answer((await ask()).url, { email, decision: "deny" });
    expect(back.href).toBe("http://127.0.0.1:9/callback?kept=1&state=a+state&error=access_denied");
    const allowed = await answer((await ask()).url, { email, decision: "allow" });
    expect(Object.fromEntries(allowed.searchParams)).toMatchObject({ kept: "1", state: "a state" });
  });

  test("makes a mailbox for an address that is typed, and asks again when none is chosen", async () => {
    const { url } = await ask();
    const body = new URLSearchParams({ decision: "allow" });
    const again = await fetch(url, { method: "POST", body, redirect: "manual" });
    expect(again.status).toBe(400);
    await answer(url, { email: "", other: "typed@example.com", decision: "allow" });
    await answer(url, { email, other: "not-chosen@example.com", decision: "allow" });
    const made = (await simulator.control.listMailboxes()).map((mailbox) => mailbox.email);
    expect(made).not.toContain("not-chosen@example.com");
    expect(await simulator.control.getMailbox("typed@example.com")).toMatchObject({ messagesTotal: 100 });
  });
});

describe("a code", () => {
  test("is exchanged for tokens that read the mailbox, with the verifier of its challenge", async () => {
    const asked = await ask({ prompt: "consent" });
    const { tokens } = await client.getToken({ code: await codeOf(asked), codeVerifier: asked.verifier });
    expect(tokens).toMatchObject({
      scope: readonly,
      token_type: "Bearer",
      refresh_token: expect.any(String),
    });
    const { api, auth } = connectGoogleClient(simulator, email);
    auth.setCredentials({ refresh_token: tokens.refresh_token ?? "" });
    expect((await api.users.getProfile({ userId: "me" })).data.emailAddress).toBe(email);
  });

  test("is good once, also when the first attempt failed", async () => {
    const asked = await ask();
    const code = await codeOf(asked);
    await client.getToken({ code, codeVerifier: asked.verifier });
    expect(await failure(code, asked.verifier)).toMatchObject(invalidGrant);
    const spent = await codeOf(asked);
    expect(await failure(spent, "x".repeat(43))).toMatchObject(invalidGrant);
    expect(await failure(spent, asked.verifier)).toMatchObject(invalidGrant);
  });

  test("is refused with another verifier, without one, for another client, another address, and after ten minutes", async () => {
    const [asked, other] = [await ask(), await ask()];
    expect(await failure(await codeOf(asked), other.verifier)).toMatchObject(invalidGrant);
    expect(await failure(await codeOf(asked))).toMatchObject(invalidGrant);
    expect(await failure(await codeOf(asked), asked.verifier, newClient("other"))).toMatchObject(
      invalidGrant,
    );
    const elsewhere = newClient("client", "http://127.0.0.1:9/other");
    expect(await failure(await codeOf(asked), asked.verifier, elsewhere)).toMatchObject({
      status: 400,
      body: { error: "redirect_uri_mismatch" },
    });
    const late = await codeOf(asked);
    nowMs += 10 * 60_000;
    expect(await failure(late, asked.verifier)).toMatchObject(invalidGrant);
    expect(await failure("4/0made-up", asked.verifier)).toMatchObject(invalidGrant);
  });

  test("gives a refresh token for offline access only, and later ones only when the person was asked anew", async () => {
    client = newClient("refreshing");
    const refreshOf = async (more: object) => {
      const asked = await ask(more);
      const { tokens } = await client.getToken({ code: await codeOf(asked), codeVerifier: asked.verifier });
      return tokens.refresh_token ?? null;
    };
    expect(await refreshOf({ access_type: "online" })).toBeNull();
    expect(await refreshOf({})).toBeNull();
    const tokens = [await refreshOf({ prompt: "consent" }), await refreshOf({ prompt: "consent" })];
    expect(new Set(tokens).size).toBe(2);
    expect(tokens).not.toContain(null);
  });

  test("has the scopes that were allowed, and earlier ones when they are to be included", async () => {
    client = newClient("incremental");
    const scopesOf = async (more: object, form: Readonly<Record<string, string>> = {}) => {
      const asked = await ask(more);
      const back = await answer(asked.url, { email, decision: "allow", ...form });
      const code = back.searchParams.get("code") ?? "";
      const { tokens } = await client.getToken({ code, codeVerifier: asked.verifier });
      return tokens.scope?.split(" ").toSorted();
    };
    const unticked = { chosen: "scopes", scope: readonly };
    expect(await scopesOf({ scope: [readonly, modify] }, unticked)).toEqual([readonly]);
    expect(await scopesOf({ scope: modify })).toEqual([modify]);
    expect(await scopesOf({ scope: modify, include_granted_scopes: true })).toEqual([modify, readonly]);
  });
});

test("a consent for a time says how long, and its tokens are dead from then on", async () => {
  const brief = await startGmailSimulator({
    quotas: "off",
    consentSeconds: 60,
    now: () => nowMs,
    mailboxes: [{ email, generate: 1 }],
  });
  const unbounded = simulator;
  simulator = brief;
  try {
    client = newClient();
    const asked = await ask({ prompt: "consent" });
    const { tokens } = await client.getToken({ code: await codeOf(asked), codeVerifier: asked.verifier });
    expect(tokens).toMatchObject({ refresh_token_expires_in: 60 });
    const refresh = () => {
      const { auth } = connectGoogleClient(simulator, email);
      auth.setCredentials({ refresh_token: tokens.refresh_token ?? "" });
      return auth.refreshAccessToken();
    };
    nowMs += 59_000;
    expect((await refresh()).credentials.access_token).toEqual(expect.any(String));
    nowMs += 1_000;
    expect(await failureOf(refresh())).toMatchObject(invalidGrant);
  } finally {
    simulator = unbounded;
    await brief.close();
  }
});

test("a revoked consent's tokens are dead for good, and a new consent's are others", async () => {
  const consent = async () => {
    const asked = await ask({ prompt: "consent" });
    return (await client.getToken({ code: await codeOf(asked), codeVerifier: asked.verifier })).tokens;
  };
  const refresh = async (token: string) => {
    const { auth } = connectGoogleClient(simulator, email);
    auth.setCredentials({ refresh_token: token });
    return auth.refreshAccessToken();
  };
  const [first, second] = [await consent(), await consent()].map((tokens) => tokens.refresh_token ?? "");
  await client.revokeToken(first ?? "");
  for (const token of [first, second]) {
    expect(await failureOf(refresh(token ?? ""))).toMatchObject(invalidGrant);
  }
  expect(await failureOf(client.revokeToken(first ?? ""))).toMatchObject({
    body: { error: "invalid_token" },
  });
  const third = (await consent()).refresh_token ?? "";
  expect((await refresh(third)).credentials.access_token).toEqual(expect.any(String));
  expect(await failureOf(refresh(first ?? ""))).toMatchObject(invalidGrant);
});
