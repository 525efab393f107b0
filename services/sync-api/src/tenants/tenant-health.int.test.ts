import { newId } from "@millrace/shared/events/identifiers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { addAccount, addRemoval, addSync, type Columns, insertRow } from "../testing/fill-views.ts";
import { operatorHeaders, startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;
let owner: { tenantId: string; accountId: string };

beforeAll(async () => {
  api = await startTestApi();
});
beforeEach(async () => {
  tenant = await api.addTenant();
  owner = { tenantId: tenant.tenantId, accountId: await addAccount(api.pool, tenant.tenantId) };
});
afterAll(() => api?.stop());

const ago = (seconds: number): Date => new Date(Date.now() - seconds * 1_000);
const day = 86_400;

async function get(url: string, headers: Record<string, string> = operatorHeaders) {
  const answer = await api.app.inject({ url, headers });
  expect(answer.statusCode).toBe(200);
  return answer.json();
}
const healthOf = async ({ tenantId } = tenant) => (await get(`/v1/tenants/${tenantId}`)).health;

/** Whether the tenant is in the list that is narrowed so. */
async function isListed(having: string): Promise<boolean> {
  const { items } = await get(`/v1/tenants?limit=200&having=${having}`);
  return items.some(({ id }: { id: string }) => id === tenant.tenantId);
}

const failed = (category: string, secondsAgo: number): Columns => ({
  status: "failed",
  failure: { category, message: "person@example.com refuses" },
  ended_at: ago(secondsAgo),
});

async function addLetter(syncId: string, state: string): Promise<void> {
  await insertRow(api.pool, "dead_letters", {
    id: newId("dl"),
    tenant_id: owner.tenantId,
    account_id: owner.accountId,
    sync_id: syncId,
    chunk_index: 0,
    ordinal: 0,
    provider_id: newId("dl"),
    scope: "message",
    category: "bad_item",
    error: "",
    attempts: 1,
    state,
    created_at: ago(9 * day),
    updated_at: ago(9 * day),
    epoch: 1,
    seq: 1,
  });
}

async function addState(accountId: string, status: string): Promise<void> {
  const columns = { account_id: accountId, tenant_id: owner.tenantId, status, epoch: 1, seq: 1 };
  await insertRow(api.pool, "account_states", columns);
}

const isWell = {
  syncs: { requested: 0, queued: 0, running: 0, paused: 0, failing: 0 },
  oldestWaitingAt: null,
  failedLastDay: { count: 0, categories: {} },
  openDeadLetters: 0,
  accountsToReconnect: 0,
};

test("a tenant that is well has zeros, and is in no list of trouble", async () => {
  await addSync(api.pool, owner, { status: "completed", ended_at: ago(60) });
  await addSync(api.pool, owner, failed("unknown", day + 60));
  await addState(owner.accountId, "connected");
  expect(await healthOf()).toEqual(isWell);
  for (const having of ["trouble", "waiting", "running", "paused", "failing", "failed"])
    expect(await isListed(having), having).toBe(false);
  expect([await isListed("dead_letters"), await isListed("reconnect")]).toEqual([false, false]);
});

test("an operator sees whose syncs fail and why, what waits and since when, without a word of anybody's mail", async () => {
  const trouble = { category: "transient", message: "", at: ago(1), attempt: 1, nextAt: null };
  await addSync(api.pool, owner, { trouble });
  await addSync(api.pool, owner);
  await addSync(api.pool, owner, { status: "paused" });
  const since = ago(3_600);
  await addSync(api.pool, owner, { status: "queued", created_at: since, started_at: null });
  await addSync(api.pool, owner, { status: "queued", started_at: null });
  for (const category of ["unknown", "unknown", "log_lost"])
    await addSync(api.pool, owner, failed(category, 60));
  const partial = await addSync(api.pool, owner, { status: "partial", ended_at: ago(9 * day) });
  for (const state of ["open", "open", "redriving", "resolved"]) await addLetter(partial, state);
  await addState(owner.accountId, "reauth_required");
  const leaving = await addAccount(api.pool, tenant.tenantId, { removing_at: new Date() });
  await addState(leaving, "reauth_required");
  const health = {
    syncs: { requested: 0, queued: 2, running: 2, paused: 1, failing: 1 },
    oldestWaitingAt: since.toISOString(),
    failedLastDay: { count: 3, categories: { unknown: 2, log_lost: 1 } },
    openDeadLetters: 2,
    accountsToReconnect: 1,
  };
  expect(await healthOf()).toEqual(health);
  const { items } = await get("/v1/tenants?limit=200");
  expect(items.find(({ id }: { id: string }) => id === tenant.tenantId).health).toEqual(health);
  expect(JSON.stringify(items)).not.toMatch(/@|syn_|acc_/);
  expect(await healthOf(await api.addTenant())).toEqual(isWell);
});

test("a request that nobody takes is waiting as well, and the oldest of all is told", async () => {
  const asked = await api.app.inject({
    method: "POST",
    url: "/v1/syncs",
    headers: tenant.headers,
    payload: { accountId: owner.accountId },
  });
  expect(asked.statusCode).toBe(202);
  await addSync(api.pool, owner, { status: "queued", started_at: null });
  const { syncs, oldestWaitingAt } = await healthOf();
  expect(syncs).toMatchObject({ requested: 1, queued: 1 });
  const { requestedAt } = await get(`/v1/syncs/${asked.json().syncId}`, tenant.headers);
  expect(oldestWaitingAt).toBe(requestedAt);
  expect([await isListed("waiting"), await isListed("trouble")]).toEqual([true, false]);
});

test("a request whose sync was forgotten, and which is still there, waits for nothing", async () => {
  const columns = { tenant_id: owner.tenantId, account_id: owner.accountId, body_hash: Buffer.alloc(32) };
  await insertRow(api.pool, "sync_requests", { ...columns, sync_id: "syn_forgotten", request: {} });
  expect(await isListed("waiting")).toBe(true);
  await addRemoval(api.pool, owner, "syn_forgotten");
  expect(await healthOf()).toEqual(isWell);
  expect(await isListed("waiting")).toBe(false);
});

test.each([
  ["waiting", false, () => addSync(api.pool, owner, { status: "queued" })],
  ["running", false, () => addSync(api.pool, owner)],
  // Of before a pause.
  ["running", false, () => addSync(api.pool, owner, { trouble: { category: "transient", isVoid: true } })],
  ["paused", false, () => addSync(api.pool, owner, { status: "paused" })],
  ["failing", true, () => addSync(api.pool, owner, { trouble: { category: "transient" } })],
  ["failed", true, () => addSync(api.pool, owner, failed("unknown", 60))],
  ["dead_letters", true, () => addLetter("syn_1", "open")],
  ["reconnect", true, () => addState(owner.accountId, "reauth_required")],
])("a tenant that has %s is found by it (trouble: %s)", async (having, isTrouble, happen) => {
  expect(await isListed(having)).toBe(false);
  await happen();
  expect([await isListed(having), await isListed("trouble")]).toEqual([true, isTrouble]);
});

test("a page that is narrowed goes on, and what cannot be asked is refused", async () => {
  const others = await Promise.all(Array.from({ length: 3 }, () => api.addTenant()));
  for (const { tenantId } of others)
    await addSync(api.pool, { tenantId, accountId: await addAccount(api.pool, tenantId) }, failed("x", 60));
  const ids: string[] = [];
  for (let cursor = ""; ; ) {
    const page = await get(`/v1/tenants?limit=1&having=failed${cursor}`);
    ids.push(...page.items.map(({ id }: { id: string }) => id));
    if (page.nextCursor === null) break;
    cursor = `&cursor=${page.nextCursor}`;
  }
  expect(ids).toEqual(expect.arrayContaining(others.map(({ tenantId }) => tenantId)));
  expect(ids).not.toContain(tenant.tenantId);
  const wrong = await api.app.inject({ url: "/v1/tenants?having=mail", headers: operatorHeaders });
  expect(wrong.statusCode).toBe(400);
});
