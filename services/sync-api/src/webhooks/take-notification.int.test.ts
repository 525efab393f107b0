import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { requestSubject } from "@millrace/shared/events/subjects";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";
import { fetchPushKeys } from "./fetch-push-keys.ts";

const url = "/v1/webhooks/gmail";
const expected = { audience: "https://api.example/push", serviceAccount: "push@p.iam.example" };
const email = "ann@example.com";
const keyPauseMs = 300;

let api: TestApi;
/** Serves the keys; null: answers with an error. */
let keyServer: Server;
let jwks: { keys: object[] } | null;
let keyCalls = 0;
let jwksUrl: string;
let google: Awaited<ReturnType<typeof generateKeyPair>>;
let tenant: TestTenant;
let accountId: string;

beforeAll(async () => {
  google = await generateKeyPair("RS256");
  jwks = { keys: [{ ...(await exportJWK(google.publicKey)), kid: "g1", alg: "RS256", use: "sig" }] };
  keyServer = createServer((_, response) => {
    keyCalls++;
    response.writeHead(jwks === null ? 500 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(jwks ?? {}));
  });
  keyServer.listen(0, "127.0.0.1");
  await once(keyServer, "listening");
  jwksUrl = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/certs`;
  api = await startTestApi({ push: { expected, keys: fetchPushKeys(jwksUrl, keyPauseMs) } });
});
afterAll(async () => {
  await api?.stop();
  keyServer?.closeAllConnections();
  keyServer?.close();
});
beforeEach(async () => {
  await api.pool.query("delete from accounts");
  await api.nats.jsm.streams.purge("REQUESTS");
  tenant = await api.addTenant();
  accountId = await connect(tenant, email);
});

/** @returns the id of an account that has a copy */
async function connect({ headers }: TestTenant, address: string): Promise<string> {
  const payload = { provider: "gmail", email: address, credentials: { refreshToken: "r" } };
  const { id } = (await api.app.inject({ method: "POST", url: "/v1/accounts", headers, payload })).json();
  await setState(id, "1");
  return id;
}

const tokenOf = (change: JWTPayload = {}, kid = "g1", by = google) => {
  const iat = Math.floor(Date.now() / 1_000);
  const claims = {
    aud: expected.audience,
    email: expected.serviceAccount,
    email_verified: true,
    exp: iat + 3_600,
    iat,
    iss: "https://accounts.google.com",
  };
  return new SignJWT({ ...claims, ...change }).setProtectedHeader({ alg: "RS256", kid }).sign(by.privateKey);
};

let messages = 0;
interface Push {
  readonly address?: string;
  readonly historyId?: number | string;
  readonly messageId?: string;
  readonly token?: string | null;
  readonly payload?: object | string;
  readonly app?: TestApi["app"];
}
async function push({ address = email, historyId = 500, token, app = api.app, ...rest }: Push = {}) {
  const data = Buffer.from(JSON.stringify({ emailAddress: address, historyId })).toString("base64");
  const messageId = rest.messageId ?? `m${++messages}`;
  const payload = rest.payload ?? {
    message: { data, messageId },
    subscription: "projects/p/subscriptions/s",
  };
  const bearer = token === undefined ? await tokenOf() : token;
  return app.inject({
    method: "POST",
    url,
    headers: {
      "content-type": "application/json",
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
    },
    payload,
  });
}

interface Requested {
  readonly subject: string;
  readonly header: string;
  readonly request: { readonly syncId: string; readonly trigger: string; readonly mode: string };
}
async function requested(): Promise<Requested[]> {
  const found: Requested[] = [];
  const { state } = await api.nats.jsm.streams.info("REQUESTS");
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const stored = await api.nats.jsm.streams.getMessage("REQUESTS", { seq }).catch(() => null);
    if (stored === null) continue;
    found.push({ subject: stored.subject, header: stored.header.get("ce-id"), request: stored.json() });
  }
  return found;
}
const setState = (id: string, watermark: string | null, status = "connected") =>
  api.pool.query(
    `insert into account_states (account_id, tenant_id, watermark, status, epoch, seq) values ($1, 't', $2, $3, 1, 1)
     on conflict (account_id) do update set watermark = $2, status = $3`,
    [id, watermark, status],
  );

describe("a notification", () => {
  test("becomes a request in the stream before it is answered", async () => {
    const answer = await push();
    expect(answer.statusCode).toBe(204);
    expect(answer.body).toBe("");
    const [one, ...others] = await requested();
    expect(others).toEqual([]);
    expect(one).toMatchObject({
      subject: requestSubject({ tenantId: tenant.tenantId, accountId }),
      request: { trigger: "push", mode: "auto" },
    });
    expect(one?.header).toBe(one?.request.syncId);
  });

  test("that is delivered again is the same request, also by another copy of the service", async () => {
    const copy = await api.buildCopy();
    await push({ messageId: "same" });
    await push({ messageId: "same", app: copy });
    await push({ messageId: "other" });
    expect(new Set((await requested()).map(({ request }) => request.syncId)).size).toBe(2);
  });

  test("asks for a sync in every tenant that has the mailbox, however its address is written", async () => {
    const address = "some.one@gmail.com";
    const tenants = [await api.addTenant(), await api.addTenant()];
    const ids = [
      await connect(tenants[0] as TestTenant, "Some.One@gmail.com"),
      await connect(tenants[1] as TestTenant, "someone+news@googlemail.com"),
    ];
    await connect(await api.addTenant(), "some.one@example.com");
    await push({ address, messageId: "shared" });
    const found = await requested();
    expect(found.map(({ subject }) => subject.split(".").at(-1)).toSorted()).toEqual(ids.toSorted());
    expect(new Set(found.map(({ request }) => request.syncId)).size).toBe(2);
  });

  test("that tells nothing new asks for nothing, as numbers and not as text", async () => {
    await setState(accountId, "1000");
    for (const historyId of [1_000, "999", 7]) expect((await push({ historyId })).statusCode).toBe(204);
    expect(await requested()).toEqual([]);
    await push({ historyId: "1001" });
    expect(await requested()).toHaveLength(1);
  });

  test("of a mailbox that refuses us asks for nothing", async () => {
    await setState(accountId, "1", "reauth_required");
    expect((await push()).statusCode).toBe(204);
    expect(await requested()).toEqual([]);
  });

  test("of nobody's mailbox is taken, and its address is not logged", async () => {
    expect((await push({ address: "marked-stranger@example.com" })).statusCode).toBe(204);
    expect(await requested()).toEqual([]);
    expect(api.logLines.join("\n")).toContain("push.unknown_mailbox");
    expect(api.logLines.join("\n")).not.toContain("marked-stranger");
  });

  test("shows that the watch works", async () => {
    await api.pool.query(
      `insert into watches (account_id, tenant_id, status, credentials_version, due_at) values ($1, $2, 'silent', 1, now())`,
      [accountId, tenant.tenantId],
    );
    await push();
    const { rows } = await api.pool.query("select * from watches");
    expect(rows).toMatchObject([{ status: "active" }]);
    expect(Date.now() - rows[0].notified_at.getTime()).toBeLessThan(60_000);
  });

  test("a thousand at once are few requests, and all are answered after one that came later than they", async () => {
    const token = await tokenOf();
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => push({ token, historyId: 500 + n })),
    );
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([204]));
    const found = await requested();
    expect(found.length).toBeGreaterThanOrEqual(1);
    expect(found.length).toBeLessThan(200);
  });

  test("is to be sent again when the broker is away, and is taken then", async () => {
    await api.natsServer.kill();
    const refused = await push({ messageId: "outage" });
    await api.natsServer.restart();
    expect(refused.statusCode).toBe(503);
    expect(refused.json()).toMatchObject({ code: "broker_unavailable" });
    await expect
      .poll(async () => (await push({ messageId: "outage" })).statusCode, { timeout: 20_000 })
      .toBe(204);
    expect(new Set((await requested()).map(({ request }) => request.syncId)).size).toBe(1);
  });
});

test("a notification makes no copy where there is none", async () => {
  await api.pool.query("delete from account_states");
  expect((await push()).statusCode).toBe(204);
  expect(await requested()).toEqual([]);
});

describe("a body", () => {
  test.each([
    ["{", 400],
    [{}, 400],
    [{ message: { data: "e30=" }, subscription: "s" }, 400],
    [{ message: { data: "A".repeat(10_000), messageId: "1" }, subscription: "s" }, 400],
    [{ message: { data: "e30=", messageId: "1\0" }, subscription: "s" }, 400],
    [{ message: { data: "e30=", messageId: "1" }, subscription: "s", filler: "A".repeat(1_100_000) }, 413],
  ])("%.60j is refused with %i", async (payload, status) => {
    expect((await push({ payload })).statusCode).toBe(status);
  });
});

test.each(["!!", "e30=", Buffer.from('{"emailAddress":"\\u0000@x","historyId":"5"}').toString("base64")])(
  "a notification that says nothing (%s) never will: it is taken, and asks for nothing",
  async (data) => {
    const payload = { message: { data, messageId: "1" }, subscription: "s" };
    expect((await push({ payload })).statusCode).toBe(204);
    expect(await requested()).toEqual([]);
  },
);

describe("a push request", () => {
  test.each<[string, () => Promise<string> | null]>([
    ["without a token", () => null],
    ["that is over", () => tokenOf({ exp: 1 })],
    ["for another audience", () => tokenOf({ aud: "other" })],
    ["of another service account", () => tokenOf({ email: "x@p.iam.example" })],
    ["signed by somebody else", async () => tokenOf({}, "g1", await generateKeyPair("RS256"))],
    ["with an API key", async () => tenant.key],
  ])("%s is refused before its body is read", async (_, make) => {
    const answer = await push({ token: await make(), payload: "{" });
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ code: "push_token_refused" });
    expect(await requested()).toEqual([]);
  });

  test("of another media type is 415", async () => {
    const answer = await api.app.inject({
      method: "POST",
      url,
      headers: { "content-type": "text/plain", authorization: `Bearer ${await tokenOf()}` },
      payload: "{}",
    });
    expect([answer.statusCode, answer.json().code]).toEqual([415, "unsupported_media_type"]);
  });

  test("is told that push is not configured, where it is not", async () => {
    const copy = await api.buildCopy({ push: null });
    const answer = await push({ app: copy });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: "push_not_configured" });
    expect(answer.json().detail).toContain("GMAIL_PUSH_AUDIENCE");
  });
});

describe("Google's keys", () => {
  const copyWithFreshKeys = () =>
    api.buildCopy({ push: { expected, keys: fetchPushKeys(jwksUrl, keyPauseMs) } });

  test("are asked for once, and for a new key again, but not for every key that nobody knows", async () => {
    const app = await copyWithFreshKeys();
    keyCalls = 0;
    for (let n = 0; n < 5; n++) expect((await push({ app })).statusCode).toBe(204);
    expect(keyCalls).toBe(1);
    const stranger = await generateKeyPair("RS256");
    await new Promise((resolve) => setTimeout(resolve, keyPauseMs + 50));
    for (let n = 0; n < 20; n++)
      expect((await push({ app, token: await tokenOf({}, `s${n}`, stranger) })).statusCode).toBe(401);
    expect(keyCalls).toBeLessThanOrEqual(4);
    const next = await generateKeyPair("RS256");
    jwks?.keys.push({ ...(await exportJWK(next.publicKey)), kid: "g2", alg: "RS256" });
    await expect
      .poll(async () => (await push({ app, token: await tokenOf({}, "g2", next) })).statusCode)
      .toBe(204);
  });

  test("that are away make a request that is to be sent again, and are not asked for each time", async () => {
    const app = await copyWithFreshKeys();
    const kept = jwks;
    jwks = null;
    keyCalls = 0;
    for (let n = 0; n < 10; n++) {
      const answer = await push({ app });
      expect(answer.statusCode).toBe(503);
      expect(answer.json()).toMatchObject({ code: "push_keys_unavailable" });
    }
    expect(keyCalls).toBeLessThanOrEqual(2);
    jwks = kept;
    await expect.poll(async () => (await push({ app })).statusCode, { timeout: 5_000 }).toBe(204);
  });
});

describe("the simulator's push", () => {
  let simulator: GmailSimulator;
  beforeAll(async () => {
    simulator = await startGmailSimulator({
      quotas: "off",
      mailboxes: [{ email, generate: 1 }],
      watchedTopic: "projects/p/topics/t",
    });
  });
  afterAll(() => simulator?.close());

  test("is taken: a change in a mailbox becomes a request", async () => {
    const keys = fetchPushKeys(simulator.control.jwksUrl);
    const app = await api.buildCopy({ push: { expected, keys } });
    const { port } = app.server.address() as AddressInfo;
    await simulator.control.configurePush({ endpoint: `http://127.0.0.1:${port}${url}`, ...expected });
    await simulator.control.generateMessages(email, 1);
    await expect.poll(async () => (await requested()).length).toBe(1);
    await expect
      .poll(async () => (await simulator.control.pushDeliveries()).at(-1))
      .toMatchObject({ status: 204, attempts: 1 });
  });
});
