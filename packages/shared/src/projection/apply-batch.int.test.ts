import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Fact } from "../events/facts.ts";
import { createTestPool, type TestPool } from "../testing/create-test-pool.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { applyBatch } from "./apply-batch.ts";
import { applyIsolating } from "./apply-isolating.ts";
import { CheckpointMovedError } from "./checkpoint.ts";
import type { PositionedEvent } from "./project-batch.ts";
import { pageOf, started } from "./testing/given.ts";

let database: TestDatabase;
let pool: TestPool;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "sync-api", 4);
  await pool.query(
    "insert into checkpoints (name, epoch, stream_created, seq) values ('projector', 1, 'x', 0)",
  );
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

const event = (epoch: number, seq: number, fact: Fact, more = {}): PositionedEvent => ({
  position: { epoch, seq },
  event: {
    id: `e${seq}`,
    tenantId: "acme",
    accountId: "acc_1",
    time: "2026-01-01T00:00:00.123456Z",
    source: "t",
    fact,
    ...more,
  },
});

const first = [event(1, 1, started), event(1, 2, pageOf(0)), event(1, 3, pageOf(1))];

async function beginSecondEpoch(): Promise<void> {
  await applyBatch(pool, { epoch: 1, seq: 0 }, first);
  await pool.query("update checkpoints set epoch = 2, seq = 0");
}

const positions = async (): Promise<number[][]> => {
  const { rows } = await pool.query("select epoch, seq::int from events order by 1, 2");
  return rows.map(({ epoch, seq }) => [epoch, seq]);
};
const syncRow = async () =>
  (await pool.query("select epoch, seq::int, listed::int, status from syncs where id = 's1'")).rows[0];

it("passes over what an earlier epoch has applied, and moves on", async () => {
  await beginSecondEpoch();
  const again = first.map(({ event, position }) => ({ event, position: { ...position, epoch: 2 } }));
  expect(await applyBatch(pool, { epoch: 2, seq: 0 }, again)).toEqual({ repeated: 3 });
  expect(await positions()).toEqual([
    [1, 1],
    [1, 2],
    [1, 3],
  ]);
  expect(await syncRow()).toEqual({ epoch: 1, seq: 3, listed: 400, status: "running" });
  const { rows } = await pool.query("select epoch, seq::int, event_id from checkpoints");
  expect(rows).toEqual([{ epoch: 2, seq: 3, event_id: "e3" }]);
});

it("does not pass over a decision that was taken anew under an id that an earlier epoch knows", async () => {
  await beginSecondEpoch();
  const anew = event(2, 1, pageOf(1, { nextPageToken: null }), { id: "e3" });
  expect(await applyBatch(pool, { epoch: 2, seq: 0 }, [anew])).toEqual({ repeated: 0 });
  expect(await positions()).toContainEqual([2, 1]);
  expect(await syncRow()).toMatchObject({ epoch: 2, seq: 1, listed: 400 });
});

it("keeps an event that one epoch has twice", async () => {
  await applyBatch(pool, { epoch: 1, seq: 0 }, first);
  const twice = [event(1, 4, pageOf(1), { id: "e3" }), event(1, 5, pageOf(1), { id: "e3" })];
  expect(await applyBatch(pool, { epoch: 1, seq: 3 }, twice)).toEqual({ repeated: 0 });
  expect(await positions()).toHaveLength(5);
});

it("hides nothing where the audit trail has another event already", async () => {
  await applyBatch(pool, { epoch: 1, seq: 0 }, first);
  await pool.query("update checkpoints set seq = 2");
  const other = event(1, 3, pageOf(2), { id: "other" });
  await expect(applyIsolating(pool, silentLogger, { epoch: 1, seq: 2 }, [other])).rejects.toThrow(
    /duplicate key/,
  );
  expect(await syncRow()).toMatchObject({ listed: 400 });
  expect((await pool.query("select seq::int from checkpoints")).rows).toEqual([{ seq: 2 }]);
});

it("lets the second of two projectors change nothing", async () => {
  await applyBatch(pool, { epoch: 1, seq: 0 }, first);
  await expect(applyBatch(pool, { epoch: 1, seq: 0 }, first)).rejects.toThrow(CheckpointMovedError);
  expect(await positions()).toHaveLength(3);
});
