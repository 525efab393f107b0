import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addAccount, addRemoval, addSync, changeSyncs, insertRow } from "../testing/fill-views.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

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

const get = (url: string) => api.app.inject({ url, headers: tenant.headers });

interface Page {
  readonly items: readonly Record<string, unknown>[];
  readonly nextCursor: string | null;
}

async function readAll(url: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 100; page++) {
    const answer = await get(cursor === null ? url : `${url}&cursor=${cursor}`);
    expect(answer.statusCode).toBe(200);
    const { items: more, nextCursor } = answer.json<Page>();
    items.push(...more);
    if (nextCursor === null) return items;
    cursor = nextCursor;
  }
  throw new Error("The pages do not end");
}

/** A request that no fact has reached. */
async function addRequest(columns: Record<string, unknown> = {}): Promise<void> {
  await insertRow(api.pool, "sync_requests", {
    tenant_id: owner.tenantId,
    account_id: owner.accountId,
    body_hash: Buffer.alloc(32),
    request: { mode: "auto", trigger: "api" },
    ...columns,
  });
}

describe("a sync", () => {
  test("shows its progress, its ledger and its version", async () => {
    const id = await addSync(api.pool, owner, {
      status: "partial",
      scope: { query: "is:starred" },
      listed: 10,
      stored: 5,
      unchanged: 2,
      gone: 1,
      dead_lettered: 2,
      settled: 10,
      listing_complete: true,
      estimated_total: 12,
      chunks_listed: 1,
      chunks_settled: 1,
      watermark: "99",
      ended_at: new Date("2026-01-01T00:00:01Z"),
      epoch: 2,
      seq: "9007199254740991",
    });
    expect((await get(`/v1/syncs/${id}`)).json()).toMatchObject({
      id,
      status: "partial",
      lane: null,
      scope: { chunkSize: 100, query: "is:starred", labelIds: null },
      endedAt: "2026-01-01T00:00:01.000Z",
      progress: {
        listed: 10,
        settled: 10,
        listingComplete: true,
        estimatedTotal: 12,
        chunksListed: 1,
        chunksSettled: 1,
      },
      ledger: { listed: 10, stored: 5, unchanged: 2, gone: 1, deadLettered: 2, balanced: true },
      version: "2-9007199254740991",
    });
  });

  test.each([
    [10, { stillSeconds: 10, secondsLeft: 51 }],
    [100, { stillSeconds: 100, secondsLeft: null }],
  ])(
    "of which nothing was heard for %i s says so, and tells no time left where that is too long",
    async (seconds, told) => {
      const nowMs = Date.now();
      const ago = (more: number): Date => new Date(nowMs - 1_000 * (seconds + more));
      const position = { epoch: 7, seq: 1_000 + seconds };
      const running = { listed: 1_000, listing_complete: true, settled: 500, stored: 500, chunks_settled: 5 };
      const id = await addSync(api.pool, owner, { ...running, ...position, started_at: ago(40) });
      const event = {
        id: `e${seconds}`,
        tenant_id: owner.tenantId,
        account_id: owner.accountId,
        sync_id: id,
      };
      await insertRow(api.pool, "events", {
        ...event,
        ...position,
        type: "chunk.fetched",
        source: "test",
        happened_at: ago(0),
        fact: {},
      });
      const { progress } = (await get(`/v1/syncs/${id}`)).json();
      expect(progress).toMatchObject({ ...told, stillAfterSeconds: 60 });
      const { items } = (await get("/v1/syncs?status=running")).json();
      expect(items.find((one: { id: string }) => one.id === id).progress.stillSeconds).toBe(
        told.stillSeconds,
      );
      await changeSyncs(api.pool, owner.tenantId, [{ id, status: "paused" }]);
      expect((await get(`/v1/syncs/${id}`)).json().progress).toMatchObject({
        stillSeconds: null,
        secondsLeft: null,
      });
    },
  );

  test("whose ledger has a remainder says so", async () => {
    const id = await addSync(api.pool, owner, { listed: 10, stored: 9 });
    expect((await get(`/v1/syncs/${id}`)).json().ledger.balanced).toBe(false);
  });

  test.each([
    ["full, nothing settled", { mode: "full", chunks_settled: 0 }, "live"],
    ["full, a chunk settled", { mode: "full", chunks_settled: 1 }, "bulk"],
    ["incremental", { mode: "incremental", chunks_settled: 5 }, "live"],
    ["queued", { status: "queued" }, null],
  ])("%s is in the lane %3$s", async (_, columns, lane) => {
    const id = await addSync(api.pool, owner, columns);
    expect((await get(`/v1/syncs/${id}`)).json().lane).toBe(lane);
  });

  test("of another tenant is 404 at each of its addresses", async () => {
    const other = await api.addTenant();
    const theirs = { tenantId: other.tenantId, accountId: await addAccount(api.pool, other.tenantId) };
    const id = await addSync(api.pool, theirs);
    await addRequest({ sync_id: "syn_theirs", tenant_id: theirs.tenantId, account_id: theirs.accountId });
    for (const syncId of [id, "syn_theirs"]) {
      for (const part of ["", "/chunks", "/events", "/stream"]) {
        expect((await get(`/v1/syncs/${syncId}${part}`)).statusCode).toBe(404);
      }
    }
    expect(await readAll("/v1/syncs?limit=10")).toEqual([]);
  });
});

describe("lists of syncs", () => {
  test("hold known syncs and mere requests once each, newest first, also where times are equal", async () => {
    const second = (s: number) => new Date(Date.UTC(2026, 0, 1) + s * 1_000);
    const recent = (s: number) => new Date(Date.now() - 60_000 + s * 1_000);
    const ids: string[] = [];
    for (let i = 0; i < 7; i++)
      ids.push(await addSync(api.pool, owner, { created_at: second(Math.floor(i / 3)) }));
    for (let i = 0; i < 4; i++) {
      const id = await addSync(api.pool, owner, { created_at: recent(i * 2) });
      await addRequest({ sync_id: id, created_at: recent(i * 2) });
      await addRequest({ sync_id: `syn_request${i}`, created_at: recent(i * 2 + 1) });
      ids.push(id, `syn_request${i}`);
    }
    for (const limit of [1, 2, 3, 50]) {
      const listed = await readAll(`/v1/syncs?limit=${limit}`);
      const seen = listed.map(({ id }) => id);
      expect(seen.slice(0, 8)).toEqual(ids.slice(7).toReversed());
      expect(new Set(seen)).toEqual(new Set(ids));
      expect(seen).toHaveLength(ids.length);
      const times = listed.slice(8).map(({ id }) => Math.floor(ids.indexOf(String(id)) / 3));
      expect(times).toEqual(times.toSorted((a, b) => b - a));
    }
  });

  test("are narrowed by account and by status", async () => {
    const accountId = await addAccount(api.pool, tenant.tenantId);
    const running = await addSync(api.pool, owner);
    const failed = await addSync(api.pool, { ...owner, accountId }, { status: "failed" });
    const asked = `syn_asked${running.slice(-8)}`;
    await addRequest({ sync_id: asked, account_id: accountId });
    const idsOf = async (query: string) => (await readAll(`/v1/syncs?limit=10&${query}`)).map(({ id }) => id);
    expect(await idsOf("status=running")).toEqual([running]);
    expect(await idsOf("status=failed")).toEqual([failed]);
    expect(await idsOf("status=requested")).toEqual([asked]);
    expect(new Set(await idsOf(`accountId=${accountId}`))).toEqual(new Set([failed, asked]));
    expect(await idsOf(`accountId=${accountId}&status=running`)).toEqual([]);
  });

  test("hold no request whose sync was forgotten, although it is still there", async () => {
    const accountId = await addAccount(api.pool, tenant.tenantId);
    await addRequest({ sync_id: "syn_forgotten", account_id: accountId, created_at: new Date() });
    expect(await readAll(`/v1/syncs?limit=10&accountId=${accountId}`)).toMatchObject([
      { id: "syn_forgotten", status: "requested" },
    ]);
    await addRemoval(api.pool, { ...owner, accountId }, "syn_forgotten");
    expect(await readAll(`/v1/syncs?limit=10&accountId=${accountId}`)).toEqual([]);
    expect((await get("/v1/syncs/syn_forgotten")).statusCode).toBe(404);
    for (const wish of ["pause", "cancel"]) {
      const url = `/v1/syncs/syn_forgotten/${wish}`;
      const { statusCode } = await api.app.inject({ method: "POST", url, headers: tenant.headers });
      expect([wish, statusCode]).toEqual([wish, 404]);
    }
    expect((await get("/v1/overview")).json()).toMatchObject({ syncs: { requested: 0 } });
  });

  test("name pushes that joined another sync only when they are asked for", async () => {
    const sync = await addSync(api.pool, owner, { trigger: "push" });
    const asked = await addSync(api.pool, owner, {
      status: "coalesced",
      coalesced_into: sync,
      trigger: "api",
    });
    const pushed = await addSync(api.pool, owner, {
      status: "coalesced",
      coalesced_into: sync,
      trigger: "push",
    });
    const idsOf = async (query: string) => (await readAll(`/v1/syncs?limit=1&${query}`)).map(({ id }) => id);
    expect(new Set(await idsOf(""))).toEqual(new Set([sync, asked]));
    expect(new Set(await idsOf("status=coalesced"))).toEqual(new Set([asked, pushed]));
  });
});

test("chunks are settled, outstanding within the window, or listed beyond it", async () => {
  const id = await addSync(api.pool, owner, { window_chunks: 2, chunks_settled: 1 });
  for (let index = 0; index < 5; index++) {
    await insertRow(api.pool, "chunks", {
      sync_id: id,
      chunk_index: index,
      tenant_id: owner.tenantId,
      account_id: owner.accountId,
      page_number: 0,
      lane: index === 0 ? "live" : "bulk",
      size: 100,
      listed_at: new Date(),
      settled_at: index === 0 ? new Date() : null,
      state: index === 0 ? "settled" : "listed",
      attempts: index === 1 ? 3 : 0,
      handled: index === 1 ? 98 : 0,
      last_fault:
        index === 1 ? { category: "transient", message: "503", at: "2026-01-01T00:00:00.000Z" } : null,
      next_attempt_at: index === 1 ? new Date("2026-01-01T00:00:05Z") : null,
      stored: index === 0 ? 100 : 0,
      epoch: 1,
      seq: 1,
    });
  }
  const states = async () =>
    (await readAll(`/v1/syncs/${id}/chunks?limit=2`)).map(({ index, state }) => `${index} ${state}`);
  expect(await states()).toEqual(["0 settled", "1 outstanding", "2 outstanding", "3 listed", "4 listed"]);
  const chunks = await readAll(`/v1/syncs/${id}/chunks`);
  expect(chunks.slice(0, 3).map(({ handled, open }) => [handled, open])).toEqual([
    [100, 0],
    [98, 2],
    [0, 100],
  ]);
  expect(chunks[1]).toMatchObject({
    attempts: 3,
    lastFault: { category: "transient", message: "503", at: "2026-01-01T00:00:00.000Z" },
    nextAttemptAt: "2026-01-01T00:00:05.000Z",
  });
  await api.pool.query("update syncs set ended_at = now(), status = 'failed' where id = $1", [id]);
  expect(await states()).toEqual(["0 settled", "1 listed", "2 listed", "3 listed", "4 listed"]);
  await api.pool.query("update chunks set state = 'dead_lettered' where sync_id = $1 and chunk_index = 0", [
    id,
  ]);
  expect((await states())[0]).toBe("0 dead_lettered");
});

test("a sync shows why it pauses, what will resume it, and what keeps it from getting on", async () => {
  const since = "2026-01-01T00:00:00.000Z";
  const shown = async (columns: object) =>
    (await get(`/v1/syncs/${await addSync(api.pool, owner, { ...columns })}`)).json();
  const held = await shown({
    status: "paused",
    paused: { reason: "requested", message: "Paused by request", since },
  });
  expect(held).toMatchObject({
    status: "paused",
    lane: null,
    trouble: null,
    paused: { reason: "requested", since, resumesBy: `POST /v1/syncs/${held.id}/resume` },
    links: { resume: `/v1/syncs/${held.id}/resume`, deadLetters: `/v1/dead-letters?syncId=${held.id}` },
  });
  const refused = await shown({
    status: "paused",
    paused: { reason: "consent_lost", message: "invalid_grant", since },
  });
  expect(refused.paused.resumesBy).toContain(`POST /v1/accounts/${owner.accountId}/credentials`);
  const trouble = { category: "transient", message: "503", at: since, nextAt: null };
  expect((await shown({ trouble: { ...trouble, where: { kind: "page", index: 1 } } })).trouble).toEqual({
    ...trouble,
    since,
    attempt: null,
    setAsideAt: null,
    open: null,
  });
  const counted = { ...trouble, since, attempt: 31, setAsideAt: 38, open: 2 };
  expect((await shown({ trouble: { ...counted, where: { kind: "page", index: 1 } } })).trouble).toEqual(
    counted,
  );
});

test("an attempt of before a pause is not shown, and the time left is not known until something succeeds", async () => {
  const at = new Date(Date.now() - 120_000).toISOString();
  const trouble = { category: "transient", message: "503", at, since: at, nextAt: null, isVoid: true };
  const counts = { listed: 200, settled: 100, stored: 100, listing_complete: true };
  const shown = async (more: object) =>
    (
      await get(
        `/v1/syncs/${await addSync(api.pool, owner, { ...counts, started_at: new Date(Date.parse(at)), ...more })}`,
      )
    ).json();
  expect(await shown({ trouble })).toMatchObject({ trouble: null, progress: { secondsLeft: null } });
  expect((await shown({})).progress.secondsLeft).toBeGreaterThan(0);
});

describe("events", () => {
  async function addEvents(
    syncId: string | null,
    count: number,
    columns: Record<string, unknown> = {},
    firstSeq = 1,
  ) {
    for (let seq = firstSeq; seq < firstSeq + count; seq++) {
      await insertRow(api.pool, "events", {
        epoch: columns.epoch ?? nextEpoch(),
        seq,
        id: `${syncId}.${seq}`,
        tenant_id: owner.tenantId,
        account_id: owner.accountId,
        sync_id: syncId,
        type: "page.listed",
        source: "chunker",
        happened_at: new Date("2026-01-01T00:00:00Z"),
        fact: { type: "page.listed", syncId, messageIds: ["a", "b", "c"] },
        ...columns,
      });
    }
  }
  let epoch = 0;
  const nextEpoch = () => ++epoch; // the log is one for all tenants: each test has epochs of its own

  test("of a sync are its trail, oldest first; a page's ids are a number unless they are asked for", async () => {
    const id = await addSync(api.pool, owner);
    await addEvents(id, 5, { epoch: nextEpoch() }, 8);
    await addEvents(await addSync(api.pool, owner), 1);
    const trail = await readAll(`/v1/syncs/${id}/events?limit=2`);
    expect(trail.map(({ version }) => String(version).split("-")[1])).toEqual(["8", "9", "10", "11", "12"]);
    expect(trail[0]).toMatchObject({
      type: "page.listed",
      source: "chunker",
      time: "2026-01-01T00:00:00.000Z",
      fact: { type: "page.listed", syncId: id, messageIdCount: 3 },
    });
    expect(trail[0]?.fact).not.toHaveProperty("messageIds");
    const whole = await readAll(`/v1/syncs/${id}/events?limit=2&ids=true`);
    expect(whole[0]?.fact).toMatchObject({ messageIds: ["a", "b", "c"] });
  });

  test("of a tenant are newest first, and narrowed by type and account", async () => {
    const accountId = await addAccount(api.pool, tenant.tenantId);
    const fact = {
      type: "request.rejected",
      reason: "the body is not JSON",
      subject: "s",
      payload: "{",
      payloadBytes: 1,
    };
    await addEvents("syn_a", 3);
    await addEvents(null, 1, { type: "request.rejected", account_id: accountId, fact });
    await addEvents("syn_a", 2);
    const other = await api.addTenant();
    await addEvents("syn_z", 1, { tenant_id: other.tenantId });
    const versions = (await readAll("/v1/events?limit=2")).map(({ version }) => String(version));
    expect(versions).toHaveLength(6);
    expect(versions.map((v) => Number(v.split("-")[0]))).toEqual(
      versions.map((v) => Number(v.split("-")[0])).toSorted((a, b) => b - a),
    );
    const rejected = await readAll("/v1/events?limit=2&type=request.rejected");
    expect(rejected.map((event) => event.fact)).toEqual([fact]);
    expect(await readAll(`/v1/events?limit=2&accountId=${accountId}`)).toEqual(rejected);
  });

  test("of an unknown type are a problem that names the known ones", async () => {
    const answer = await get("/v1/events?type=sync.exploded");
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toContain("sync.started");
  });
});
