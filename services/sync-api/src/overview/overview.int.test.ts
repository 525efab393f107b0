import { createQuotaGovernor } from "@millrace/shared/quota/quota-governor";
import { memoryBudgetStore } from "@millrace/shared/quota/testing/memory-budget-store";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addAccount, addSync, type Columns, insertRow } from "../testing/fill-views.ts";
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

const get = async (headers: Record<string, string> = tenant.headers, app = api.app) => {
  const answer = await app.inject({ url: "/v1/overview", headers });
  expect(answer.statusCode).toBe(200);
  return answer.json();
};
const ago = (seconds: number): Date => new Date(Date.now() - seconds * 1_000);

async function addMinute(minutesAgo: number, columns: Columns = {}, tenantId = tenant.tenantId) {
  await insertRow(api.pool, "activity_minutes", {
    tenant_id: tenantId,
    minute: Math.floor(Date.now() / 60_000) - minutesAgo,
    slices: [0, 0, 0, 0, 0, 0],
    syncs_started: 0,
    syncs_completed: 0,
    syncs_partial: 0,
    syncs_failed: 0,
    syncs_cancelled: 0,
    syncs_coalesced: 0,
    dead_lettered: 0,
    failures: {},
    epoch: 1,
    seq: 1,
    ...columns,
  });
}

async function addChunk(syncId: string, index: number, columns: Columns = {}) {
  await insertRow(api.pool, "chunks", {
    sync_id: syncId,
    chunk_index: index,
    tenant_id: owner.tenantId,
    account_id: owner.accountId,
    page_number: 0,
    lane: "bulk",
    size: 100,
    state: "listed",
    listed_at: new Date(),
    epoch: 1,
    seq: 1,
    ...columns,
  });
}

test("a tenant that has nothing has zeros, and nothing that it cannot have", async () => {
  const { at, ...overview } = await get();
  expect(Math.abs(Date.now() - Date.parse(at))).toBeLessThan(60_000);
  expect(overview).toEqual({
    syncs: {
      requested: 0,
      queued: 0,
      running: 0,
      paused: 0,
      failing: 0,
      endedLastDay: { completed: 0, partial: 0, failed: 0, cancelled: 0, coalesced: 0 },
    },
    messagesPerSecond: 0,
    pickup: { count: 0, medianMs: null, p95Ms: null },
    lanes: [
      { lane: "live", waiting: 0, oldestSeconds: null },
      { lane: "bulk", waiting: 0, oldestSeconds: null },
    ],
    deadLetters: { open: 0 },
    accounts: {
      connected: 1,
      reauthRequired: 0,
      removing: 0,
      watched: 0,
      watchesLapsed: 0,
      neverSynced: 1,
      oldestSyncedAt: null,
    },
    quota: null,
  });
});

describe("syncs", () => {
  test("are counted by what they do now; those that run with trouble are failing as well, but not paused ones, or of before a pause", async () => {
    await addSync(api.pool, owner, { status: "running" });
    await addSync(api.pool, owner, { status: "running", trouble: { category: "transient" } });
    await addSync(api.pool, owner, { status: "running", trouble: { category: "transient", isVoid: true } });
    await addSync(api.pool, owner, { status: "queued", started_at: null });
    await addSync(api.pool, owner, { status: "paused", trouble: { category: "consent_lost" } });
    await addSync(api.pool, owner, { status: "failed", ended_at: new Date(), trouble: { category: "x" } });
    const asked = { method: "POST", url: "/v1/syncs", headers: tenant.headers } as const;
    await api.app.inject({ ...asked, payload: { accountId: owner.accountId } });
    expect((await get()).syncs).toMatchObject({ requested: 1, queued: 1, running: 3, paused: 1, failing: 1 });
  });

  test("that have ended are those of a day", async () => {
    await addMinute(0, { syncs_completed: 2, syncs_coalesced: 5 });
    await addMinute(1_430, { syncs_completed: 1, syncs_partial: 1, syncs_failed: 3, syncs_cancelled: 4 });
    await addMinute(1_441, { syncs_completed: 100 });
    expect((await get()).syncs.endedLastDay).toEqual({
      completed: 3,
      partial: 1,
      failed: 3,
      cancelled: 4,
      coalesced: 5,
    });
  });

  test("were picked up so long after they were asked for", async () => {
    const wait = (ms: number, secondsAgo = 100) => {
      const created = ago(secondsAgo);
      const started = new Date(created.getTime() + ms);
      return addSync(api.pool, owner, { created_at: created, requested_at: created, started_at: started });
    };
    for (let ms = 100; ms <= 2_100; ms += 100) await wait(ms);
    await wait(90_000, 3_700);
    await addSync(api.pool, owner, { status: "queued", started_at: null });
    expect((await get()).pickup).toEqual({ count: 21, medianMs: 1_100, p95Ms: 2_000 });
  });
});

test("messages a second are those of the last minute", async () => {
  const everySlice = (n: number) => ({ slices: [n, n, n, n, n, n] });
  await addMinute(0, everySlice(300));
  await addMinute(1, everySlice(300));
  await addMinute(2, everySlice(1_000_000));
  // Of this minute, what is still to come would not be there yet: at most all of it.
  const { messagesPerSecond } = await get();
  expect(messagesPerSecond).toBeGreaterThanOrEqual(30);
  expect(messagesPerSecond).toBeLessThanOrEqual(60);
  await api.pool.query("delete from activity_minutes where tenant_id = $1", [tenant.tenantId]);
  const seconds = (Date.now() / 1_000) % 60;
  const slice = Math.floor(seconds / 10);
  await addMinute(0, { slices: [0, 1, 2, 3, 4, 5].map((i) => (i === slice ? 600 : 0)) });
  expect((await get()).messagesPerSecond).toBe(10);
});

describe("lanes", () => {
  test("count what is outstanding: listed, in the window, of syncs that run, and not settled", async () => {
    const syncId = await addSync(api.pool, owner, {
      window_chunks: 3,
      chunks_listed: 6,
      chunks_settled: 2,
    });
    await addChunk(syncId, 0, { settled_at: new Date(), state: "settled" });
    await addChunk(syncId, 1, { listed_at: ago(500) });
    await addChunk(syncId, 2, { settled_at: new Date(), state: "settled" });
    for (const index of [3, 4, 5]) await addChunk(syncId, index, { listed_at: ago(40) });
    const paused = await addSync(api.pool, owner, { status: "paused", window_chunks: 3, chunks_listed: 1 });
    await addChunk(paused, 0);
    const incremental = await addSync(api.pool, owner, {
      mode: "incremental",
      window_chunks: 3,
      chunks_listed: 2,
    });
    for (const index of [0, 1]) await addChunk(incremental, index, { listed_at: ago(7) });
    const full = await addSync(api.pool, owner, { window_chunks: 3, chunks_listed: 1 });
    await addChunk(full, 0, { listed_at: ago(20) });
    const [live, bulk] = (await get()).lanes;
    expect([live.lane, live.waiting, bulk.lane, bulk.waiting]).toEqual(["live", 3, "bulk", 3]);
    expect(live.oldestSeconds).toBeGreaterThanOrEqual(20);
    expect(live.oldestSeconds).toBeLessThan(35);
    expect(bulk.oldestSeconds).toBeGreaterThanOrEqual(500);
  });
});

test("accounts are counted by their state, and by whether the provider tells of their changes", async () => {
  const states = ["connected", "connected", "reauth_required", "removing"];
  const accounts: string[] = [];
  for (const [i, status] of states.entries()) {
    const accountId = await addAccount(api.pool, tenant.tenantId);
    accounts.push(accountId);
    await insertRow(api.pool, "account_states", {
      account_id: accountId,
      tenant_id: tenant.tenantId,
      status,
      last_synced_at: i === 2 ? ago(9_000) : ago(1_000 - i),
      epoch: 1,
      seq: 1,
    });
  }
  const watch = (accountId: string | undefined, status: string, columns: Columns) =>
    insertRow(api.pool, "watches", {
      account_id: accountId,
      tenant_id: tenant.tenantId,
      credentials_version: 1,
      due_at: new Date(),
      status,
      ...columns,
    });
  const soon = new Date(Date.now() + 600_000);
  const told = ago(700);
  await watch(owner.accountId, "unset", {});
  await watch(accounts[0], "active", { expires_at: soon, renewed_at: ago(900) });
  await watch(accounts[1], "silent", { expires_at: soon, renewed_at: ago(900), notified_at: told });
  const ended = ago(60);
  await watch(accounts[2], "lapsed", { expires_at: ended, renewed_at: ago(900) });
  const shown = (await get()).accounts;
  expect(shown).toMatchObject({ connected: 3, reauthRequired: 1, removing: 1, watched: 1, watchesLapsed: 2 });
  expect(Math.round((Date.now() - Date.parse(shown.oldestSyncedAt)) / 1_000 / 10)).toBe(100);

  const list = await api.app.inject({ url: "/v1/accounts", headers: tenant.headers });
  const watches = Object.fromEntries(
    list.json().items.map((account: { id: string; watch: unknown }) => [account.id, account.watch]),
  );
  expect([owner.accountId, ...accounts].map((id) => watches[id])).toEqual([
    { expiresAt: null, lapsedSince: null },
    { expiresAt: soon.toISOString(), lapsedSince: null },
    { expiresAt: soon.toISOString(), lapsedSince: told.toISOString() },
    { expiresAt: ended.toISOString(), lapsedSince: ended.toISOString() },
    null,
  ]);
  const one = await api.app.inject({ url: `/v1/accounts/${accounts[1]}`, headers: tenant.headers });
  expect(one.json().watch).toEqual(watches[accounts[1] ?? ""]);
});

test("the quota is the project's, and its numbers are missing while nobody can tell them", async () => {
  const governor = createQuotaGovernor({
    store: memoryBudgetStore(),
    limits: {
      account: { units: 6_000, windowMs: 60_000, unitsPerDay: null },
      project: { units: 1_200_000, windowMs: 60_000, unitsPerDay: null },
    },
    nowMs: Date.now,
    sleep: async () => {},
  });
  const view = { read: governor.read, unitsPerMessage: 20, messagesPerMinute: 300 };
  const copy = await api.buildCopy({ quota: view });
  await governor.reserve(owner, { units: 500, lane: "live" }, undefined);
  expect((await get(tenant.headers, copy)).quota).toEqual({
    unitsPerMinute: 1_200_000,
    usedLastMinute: 500,
  });
  const away = await api.buildCopy({ quota: { ...view, read: () => Promise.reject(new Error("away")) } });
  expect((await get(tenant.headers, away)).quota).toEqual({ unitsPerMinute: null, usedLastMinute: null });
});

test("a tenant sees its own, an operator the sum of all, without a word of anybody's mail", async () => {
  const other = await api.addTenant();
  const theirs = { tenantId: other.tenantId, accountId: await addAccount(api.pool, other.tenantId) };
  const before = await get(operatorHeaders);
  await addSync(api.pool, owner);
  await addSync(api.pool, theirs);
  await addMinute(0, { syncs_failed: 1 });
  await addMinute(0, { syncs_failed: 2 }, other.tenantId);
  await api.app.inject({
    method: "POST",
    url: "/v1/syncs",
    headers: other.headers,
    payload: { accountId: theirs.accountId },
  });
  const [mine, all] = [await get(), await get(operatorHeaders)];
  expect([mine.syncs.running, mine.syncs.requested, mine.syncs.endedLastDay.failed]).toEqual([1, 0, 1]);
  expect(all.syncs.running).toBe(before.syncs.running + 2);
  expect(all.syncs.requested).toBe(before.syncs.requested + 1);
  expect(all.syncs.endedLastDay.failed).toBe(before.syncs.endedLastDay.failed + 3);
  expect(all.accounts.connected).toBe(before.accounts.connected);
  expect(JSON.stringify(all)).not.toContain("@");
});

describe("activity", () => {
  const activity = async (query = "", headers: Record<string, string> = tenant.headers) => {
    const answer = await api.app.inject({ url: `/v1/activity${query}`, headers });
    expect(answer.statusCode).toBe(200);
    return answer.json();
  };

  test("has a point for every minute, the running one last, and zeros where nothing happened", async () => {
    await addMinute(3, {
      slices: [1, 2, 3, 4, 5, 6],
      syncs_started: 1,
      syncs_completed: 2,
      syncs_partial: 3,
      syncs_failed: 4,
      dead_lettered: 5,
      failures: { transient: 6 },
    });
    await addMinute(60, { syncs_started: 100 });
    const { stepSeconds, points } = await activity();
    expect([stepSeconds, points.length]).toEqual([60, 60]);
    const lastMs = Date.parse(points.at(-1).at);
    expect(Date.now() - lastMs).toBeLessThan(60_000);
    expect(points.map(({ at }: { at: string }) => (lastMs - Date.parse(at)) / 60_000)).toEqual(
      Array.from({ length: 60 }, (_, i) => 59 - i),
    );
    const quiet = {
      messages: 0,
      syncsStarted: 0,
      syncsCompleted: 0,
      syncsFailed: 0,
      deadLettered: 0,
      failures: {},
    };
    expect(points.at(-1)).toMatchObject(quiet);
    const busy = points.filter(({ messages }: { messages: number }) => messages > 0);
    expect(busy).toEqual([
      {
        at: expect.any(String),
        messages: 21,
        syncsStarted: 1,
        syncsCompleted: 5,
        syncsFailed: 4,
        deadLettered: 5,
        failures: { transient: 6 },
      },
    ]);
    expect(points.every(({ syncsStarted }: { syncsStarted: number }) => syncsStarted < 2)).toBe(true);
  });

  test("of a day has points of twelve minutes, that add up; an operator's those of all tenants", async () => {
    const other = await api.addTenant();
    for (let minutesAgo = 0; minutesAgo < 1_400; minutesAgo += 7) {
      await addMinute(minutesAgo, { slices: [1, 0, 0, 0, 0, 0], failures: { transient: 1, gone: 2 } });
    }
    await addMinute(5, { slices: [0, 0, 0, 0, 0, 9], failures: { gone: 3 } }, other.tenantId);
    const { stepSeconds, points } = await activity("?minutes=1440");
    expect([stepSeconds, points.length]).toEqual([720, 120]);
    const sum = (all: { messages: number }[]) => all.reduce((total, { messages }) => total + messages, 0);
    expect(sum(points)).toBe(200);
    const gone = points.map(({ failures }: { failures: Record<string, number> }) => failures.gone ?? 0);
    expect(gone.reduce((a: number, b: number) => a + b)).toBe(400);
    expect(sum((await activity("?minutes=1440", other.headers)).points)).toBe(9);
    expect(sum((await activity("?minutes=1440", operatorHeaders)).points)).toBeGreaterThanOrEqual(209);
  });

  test.each(["0", "1441", "1.5", "x"])("of %s minutes is not to be had", async (minutes) => {
    const answer = await api.app.inject({
      url: `/v1/activity?minutes=${minutes}`,
      headers: tenant.headers,
    });
    expect(answer.statusCode).toBe(400);
  });
});
