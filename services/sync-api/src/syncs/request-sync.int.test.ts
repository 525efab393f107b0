import { requestStream } from "@millrace/shared/nats/topology";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Api } from "../api.ts";
import { addAccount, addRemoval, addSync } from "../testing/fill-views.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;
let accountId: string;

beforeAll(async () => {
  api = await startTestApi();
  tenant = await api.addTenant();
});
beforeEach(async () => {
  accountId = await addAccount(api.pool, tenant.tenantId);
});
afterAll(() => api?.stop());

function ask(body: object, headers: Record<string, string> = {}, app: Api = api.app) {
  return app.inject({
    method: "POST",
    url: "/v1/syncs",
    headers: { ...tenant.headers, ...headers },
    payload: body,
  });
}

/** What the stream holds for the account. */
/** Different ones: what is published twice is one request by its id. */
async function publishedRequests() {
  const subject = `sync.requests.${tenant.tenantId}.${accountId}`;
  const ids = new Set<string>();
  const { state } = await api.nats.jsm.streams.info(requestStream.name);
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
    const message = await api.nats.jsm.streams.getMessage(requestStream.name, { seq });
    if (message?.subject === subject) ids.add(message.header.get("ce-id"));
  }
  return ids.size;
}

test("202 is said when the stream holds the request, as a CloudEvent whose id is the sync's", async () => {
  const body = { accountId, mode: "full", chunkSize: 50, query: "is:starred", labelIds: ["INBOX"] };
  const answer = await ask(body);
  expect(answer.statusCode).toBe(202);
  const { syncId, status, links } = answer.json();
  expect(status).toBe("requested");
  expect(answer.headers.location).toBe(links.self);
  const message = await api.nats.jsm.streams.getMessage(requestStream.name, {
    last_by_subj: `sync.requests.${tenant.tenantId}.${accountId}`,
  });
  const header = (name: string) => message?.header.get(name);
  expect(header("ce-specversion")).toBe("1.0");
  expect(header("ce-id")).toBe(syncId);
  expect(header("Nats-Msg-Id")?.endsWith(syncId)).toBe(true);
  expect(header("ce-type")).toBe("SyncRequested");
  expect(header("ce-source")).toBe("/millrace/sync-api");
  const { accountId: _, ...scope } = body;
  expect(message?.json()).toEqual({ syncId, trigger: "api", requestedAt: header("ce-time"), ...scope });
});

test("a sync that no fact has reached is shown as requested, by its address and in lists", async () => {
  const { syncId, links } = (await ask({ accountId, labelIds: ["INBOX"] })).json();
  const found = (await api.app.inject({ url: links.self, headers: tenant.headers })).json();
  expect(found).toMatchObject({
    id: syncId,
    status: "requested",
    requestedMode: "auto",
    trigger: "api",
    scope: { chunkSize: null, query: null, labelIds: ["INBOX"] },
    lane: null,
    version: "0-0",
    ledger: { listed: 0, balanced: true },
  });
  const listed = await api.app.inject({ url: `/v1/syncs?accountId=${accountId}`, headers: tenant.headers });
  expect(listed.json().items).toEqual([found]);
});

test("the same key and body name the same sync, however the body is written", async () => {
  const headers = { "idempotency-key": "once" };
  const first = await ask({ accountId, mode: "auto", query: "a" }, headers);
  const second = await ask({ query: "a", accountId }, headers);
  expect(second.statusCode).toBe(202);
  expect(second.json()).toEqual(first.json());
  expect(await publishedRequests()).toBe(1);
});

test("the same key with another body is a problem, and starts nothing", async () => {
  const headers = { "idempotency-key": "other-body" };
  const first = await ask({ accountId }, headers);
  const second = await ask({ accountId, mode: "full" }, headers);
  expect(second.statusCode).toBe(422);
  expect(second.json()).toMatchObject({ code: "idempotency_mismatch", syncId: first.json().syncId });
  expect(await publishedRequests()).toBe(1);
});

test("one tenant's keys mean nothing to another tenant", async () => {
  const other = await api.addTenant();
  const otherAccount = await addAccount(api.pool, other.tenantId);
  const headers = { "idempotency-key": "shared-key" };
  const first = await ask({ accountId }, headers);
  const second = await ask({ accountId: otherAccount }, { ...headers, ...other.headers });
  expect([first.statusCode, second.statusCode]).toEqual([202, 202]);
  expect(second.json().syncId).not.toBe(first.json().syncId);
});

test("20 posts at once with one key, over two copies of the service, make one sync", async () => {
  const copy = await api.buildCopy();
  const headers = { "idempotency-key": "twenty" };
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => ask({ accountId }, headers, i % 2 === 0 ? api.app : copy)),
  );
  expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([202]));
  expect(new Set(answers.map((answer) => answer.json().syncId)).size).toBe(1);
  expect(await publishedRequests()).toBe(1);
  const { rows } = await api.pool.query("select from sync_requests where account_id = $1", [accountId]);
  expect(rows).toHaveLength(1);
});

test("without a key each post is a sync of its own", async () => {
  const answers = await Promise.all([ask({ accountId }), ask({ accountId })]);
  expect(new Set(answers.map((answer) => answer.json().syncId)).size).toBe(2);
});

const owner = () => ({ tenantId: tenant.tenantId, accountId });
test.each([
  ["has run", (id: string) => addSync(api.pool, owner(), { id, status: "completed" })],
  ["is being forgotten", (id: string) => addRemoval(api.pool, owner(), id)],
])("a key that comes again when its sync %s publishes nothing", async (how, bring) => {
  const headers = { "idempotency-key": `its sync ${how}` };
  const { syncId } = (await ask({ accountId }, headers)).json();
  await bring(syncId);
  await api.nats.jsm.streams.purge(requestStream.name);
  const copy = await api.buildCopy({
    publishRequest: () => Promise.reject(new Error("It must not be published")),
  });
  const again = await ask({ accountId }, headers, copy);
  expect([again.statusCode, again.json().syncId]).toEqual([202, syncId]);
});

test("an unknown account, another tenant's account and their keys are 404 and leave no trace", async () => {
  const other = await api.addTenant();
  const theirs = await addAccount(api.pool, other.tenantId);
  for (const unknown of ["acc_unknown", theirs]) {
    for (const headers of [{}, { "idempotency-key": `k-${unknown}` }]) {
      const answer = await ask({ accountId: unknown }, headers);
      expect([answer.statusCode, answer.json().code]).toEqual([404, "not_found"]);
    }
    const { rows } = await api.pool.query("select from sync_requests where account_id = $1", [unknown]);
    expect(rows).toHaveLength(0);
  }
});

test("a broker that is away is 503, and the same key goes on once it is back", async () => {
  const headers = { "idempotency-key": "outage" };
  await api.natsServer.kill();
  const refused = await ask({ accountId }, headers);
  const notReady = await api.app.inject({ url: "/readyz" });
  await api.natsServer.restart();
  expect(refused.statusCode).toBe(503);
  expect(refused.json().code).toBe("broker_unavailable");
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect(notReady.statusCode).toBe(503);
  expect(notReady.json().parts).toEqual({ postgres: "ok", nats: "away", projector: "ok" });
  await expect
    .poll(async () => (await ask({ accountId }, headers)).statusCode, { timeout: 20_000, interval: 500 })
    .toBe(202);
  const accepted = await ask({ accountId }, headers);
  expect(accepted.json().syncId).toBe(refused.json().syncId);
  expect(await publishedRequests()).toBe(1);
});
