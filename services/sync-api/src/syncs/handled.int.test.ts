import { setTimeout as sleep } from "node:timers/promises";
import { rowsRead } from "@millrace/shared/testing/rows-read";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Sync } from "../resources/sync.ts";
import { addAccount, addSync, type Columns, insertRow } from "../testing/fill-views.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";
import { getSyncSql } from "./get-sync.ts";
import { listSyncsSql } from "./list-syncs.ts";

// What is dealt with of a sync: what is settled, and what is of chunks that are still open.

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

async function progressOf(syncId: string): Promise<Sync["progress"]> {
  const answer = await api.app.inject({ url: `/v1/syncs/${syncId}`, headers: tenant.headers });
  return answer.json<Sync>().progress;
}

async function addChunk(syncId: string, index: number, columns: Columns = {}): Promise<void> {
  await insertRow(api.pool, "chunks", {
    sync_id: syncId,
    chunk_index: index,
    tenant_id: owner.tenantId,
    account_id: owner.accountId,
    page_number: 0,
    lane: "bulk",
    size: 100,
    listed_at: new Date(),
    epoch: 1,
    seq: 1,
    ...columns,
  });
}

test("a sync counts what is dealt with of its open chunks, beside what is settled", async () => {
  const listed = { listed: 400, listing_complete: true, settled: 100, stored: 100, chunks_settled: 1 };
  const id = await addSync(api.pool, owner, { ...listed, started_at: new Date(Date.now() - 10_000) });
  const other = await addSync(api.pool, owner, listed);
  await addChunk(id, 0, { settled_at: new Date(), state: "settled" });
  await addChunk(id, 1, { handled: 98 });
  await addChunk(id, 2, { handled: 1 });
  await addChunk(id, 3);
  // Of a projector of the release before, which has settled the chunk and left the column alone.
  await addChunk(id, 4, { handled: 50, settled_at: new Date(), state: "settled" });
  expect(await progressOf(id)).toMatchObject({ settled: 100, handled: 199, stored: 100 });
  expect(await progressOf(other)).toMatchObject({ settled: 100, handled: 100 });
  // 201 of 400 are left after ten seconds.
  expect((await progressOf(id)).secondsLeft).toBeLessThanOrEqual(12);
  const page = await api.app.inject({ url: "/v1/syncs", headers: tenant.headers });
  const handled = page.json<{ items: Sync[] }>().items.map((sync) => [sync.id, sync.progress.handled]);
  expect(new Map(handled as [string, number][])).toEqual(
    new Map([
      [id, 199],
      [other, 100],
    ]),
  );
});

test("what was dealt with stays so when a sync is cancelled or fails; of one that is complete the ledger counts", async () => {
  for (const [status, handled] of [
    ["cancelled", 198],
    ["failed", 198],
    ["completed", 100],
    ["partial", 100],
  ] as const) {
    const id = await addSync(api.pool, owner, { listed: 200, settled: 100, status, ended_at: new Date() });
    await addChunk(id, 1, { handled: 98 });
    expect([status, (await progressOf(id)).handled]).toEqual([status, handled]);
  }
});

test("what a log that was restored has not counted yet is not taken back", async () => {
  const id = await addSync(api.pool, owner, { listed: 300, settled: 100, handled_uncounted: 98 });
  await addChunk(id, 2, { handled: 3 });
  expect((await progressOf(id)).handled).toBe(201);
});

test("whoever looks while a chunk settles sees no sum of two moments", async () => {
  const chunks = 40;
  const id = await addSync(api.pool, owner, { listed: chunks * 100, listing_complete: true });
  for (let index = 0; index < chunks; index++) await addChunk(id, index, { handled: 98 });
  let isDone = false;
  const settleAll = async () => {
    const client = await api.pool.owner.connect();
    for (let index = 0; index < chunks; index++) {
      await client.query("begin");
      // Sync and chunk apart, as far as the projector's transaction may take.
      await client.query("update syncs set settled = settled + 100, seq = seq + 1 where id = $1", [id]);
      await sleep(3);
      await client.query(
        "update chunks set settled_at = now(), handled = 0 where sync_id = $1 and chunk_index = $2",
        [id, index],
      );
      await client.query("commit");
    }
    client.release();
    isDone = true;
  };
  const look = async () => {
    const seen: number[] = [];
    while (!isDone) seen.push((await progressOf(id)).handled);
    return seen;
  };
  const [, ...watchers] = await Promise.all([settleAll(), look(), look(), look()]);
  for (const seen of watchers) {
    expect(seen.length).toBeGreaterThan(10);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    // Each chunk adds the two that were missing.
    expect(seen.filter((handled) => (handled - 98 * chunks) % 2 !== 0 || handled > 100 * chunks)).toEqual([]);
  }
  expect((await progressOf(id)).handled).toBe(100 * chunks);
});

test("lists and single syncs are told without reading the chunks that are settled or untouched", async () => {
  const [syncs, chunksOfOne] = [100_000, 20_000];
  const { tenantId, accountId } = owner;
  const fill = (sql: string) => api.pool.query(sql, [tenantId, accountId]);
  await fill(`
    insert into syncs (id, tenant_id, account_id, status, created_at, ended_at, epoch, seq)
    select 'many' || s, $1, $2, case when s <= 40 then 'running' else 'completed' end, now() - s * interval '1 second',
      case when s > 40 then now() end, 1, s
    from generate_series(1, ${syncs}) s`);
  await fill(`
    insert into chunks (sync_id, chunk_index, tenant_id, account_id, page_number, lane, size, listed_at, settled_at, handled, epoch, seq)
    select 'many' || s, c, $1, $2, 0, 'bulk', 100, now(), case when c % 5 < 4 then now() end,
      case when c % ${chunksOfOne / 4} = 4 then 98 else 0 end, 1, c
    from generate_series(1, 10) s, generate_series(0, ${chunksOfOne} - 1) c`);
  await api.pool.owner.query("vacuum analyze syncs");
  await api.pool.owner.query("vacuum analyze chunks");
  const pool = api.pool.of(tenantId);
  const list = [tenantId, 51, null, null, null, null];
  const { rows } = await pool.query<{ handled: number }>(listSyncsSql, list);
  expect(rows.map(({ handled }) => handled).filter((handled) => handled > 0)).toEqual(Array(10).fill(4 * 98));
  // The page, once for each part of the statement that passes it on, and four chunks of each of ten.
  expect(await rowsRead(pool, listSyncsSql, list)).toBeLessThan(51 * 10);
  expect(await rowsRead(pool, getSyncSql, [tenantId, "many1"])).toBeLessThan(50);
});
