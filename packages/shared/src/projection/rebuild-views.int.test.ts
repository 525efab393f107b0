import { setTimeout as sleep } from "node:timers/promises";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestPool, type TestPool } from "../testing/create-test-pool.ts";
import { applyBatch, skipEvent } from "./apply-batch.ts";
import type { PositionedEvent } from "./project-batch.ts";
import { rebuildViews } from "./rebuild-views.ts";
import { randomHistory } from "./testing/random-history.ts";
import type { LogPosition } from "./views.ts";

const tables = ["syncs", "chunks", "account_states", "dead_letters", "activity_minutes"] as const;

let database: TestDatabase;
let pool: TestPool;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "sync-api", 10);
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

function historyOf(seed: number, length: number, epoch = 1): PositionedEvent[] {
  const choices = fc.array(fc.noBias(fc.nat(2 ** 30)), { minLength: length, maxLength: length, size: "max" });
  const [chosen] = fc.sample(choices, { seed, numRuns: 1 });
  const events = randomHistory(chosen ?? [], { epoch, id: `e${seed}.` });
  return events.map(({ position, event }) => ({ position, event: { ...event, time: recent(event.time) } }));
}

const dayMs = 86_400_000;
const shiftMs = Date.now() - 3 * dayMs - Date.UTC(2026, 0, 1);
/** Minutes are compared for some days. */
const recent = (time: string): string => new Date(Date.parse(time) + shiftMs).toISOString();

async function beginEpoch(epoch: number): Promise<LogPosition> {
  await pool.query(
    `insert into checkpoints (name, epoch, stream_created, seq) values ('projector', $1, $2, 0)
     on conflict (name) do update set epoch = excluded.epoch, seq = 0, event_id = null`,
    [epoch, `created ${epoch}`],
  );
  return { epoch, seq: 0 };
}

/** Applies events as the projector does, in batches of changing size. @returns how many were of an earlier epoch */
async function apply(from: LogPosition, events: readonly PositionedEvent[]): Promise<number> {
  let position = from;
  let repeated = 0;
  for (let start = 0, size = 1; start < events.length; size = (size % 17) + 3) {
    const batch = events.slice(start, start + size);
    repeated += (await applyBatch(pool, position, batch)).repeated;
    position = batch.at(-1)?.position ?? position;
    start += batch.length;
  }
  return repeated;
}

/** Two epochs: the second log is a copy of the first, restored at some point, that went another way. */
async function applyVariedHistory(): Promise<void> {
  const first = historyOf(1, 400);
  await apply(await beginEpoch(1), first);
  const kept = first
    .slice(0, 60)
    .map(({ event, position }) => ({ event, position: { ...position, epoch: 2 } }));
  const other = historyOf(2, 300, 2).map(({ event, position }) => ({
    event,
    position: { epoch: 2, seq: position.seq + kept.length },
  }));
  const repeated = await apply(await beginEpoch(2), [...kept, ...other]);
  expect(repeated).toBe(kept.length);
}

const dump = async (): Promise<unknown[][]> =>
  Promise.all(
    tables.map(async (table) => {
      const { rows } = await pool.query(
        `select to_jsonb(${table}) as row from ${table} order by to_jsonb(${table})::text`,
      );
      return rows;
    }),
  );

/** Each table with one row of each kind of damage. */
const damages: Record<(typeof tables)[number], string> = {
  syncs: "update syncs set stored = stored + 1 where id = (select min(id) from syncs)",
  chunks: `update chunks set last_fault = '{"category": "unknown"}'
    where (sync_id, chunk_index) = (select sync_id, chunk_index from chunks order by 1, 2 limit 1)`,
  account_states: "update account_states set watermark = 'x' where account_id = 'acc_2'",
  dead_letters: "update dead_letters set updated_at = updated_at + interval '1 ms' where ordinal = 0",
  activity_minutes: "update activity_minutes set failures = failures || '{\"unknown\": 7}'",
};

describe("a rebuild", () => {
  it("equals the live views after a varied history, of two epochs and with an event that was passed over", async () => {
    await applyVariedHistory();
    const position = await pool.query("select epoch, seq::int from checkpoints").then(({ rows }) => rows[0]);
    const [next] = historyOf(3, 5, 2);
    if (next === undefined) throw new Error("a history has events");
    await skipEvent(pool, position, { ...next, position: { epoch: 2, seq: position.seq + 1 } }, "refused");
    const report = await rebuildViews(pool.owner, { check: true });
    const { rows } = await pool.query(
      "select count(*)::int as n from events where not fact ? 'notProjected'",
    );
    expect(report).toMatchObject({ events: rows[0].n, unreadable: 0, differences: 0, swapped: false });
    for (const table of tables) {
      expect(report.tables[table].rows).toBeGreaterThan(1);
      expect(report.tables[table]).toMatchObject({ missing: 0, extra: 0, different: 0, examples: [] });
    }
  });

  it("finds what differs in each table, says where, and touches nothing", async () => {
    await applyVariedHistory();
    for (const table of tables) {
      await pool.query(damages[table]);
      const damaged = await dump();
      const report = await rebuildViews(pool.owner, { check: true });
      const found = report.tables[table];
      expect([table, found.missing, found.extra, found.different > 0]).toEqual([table, 0, 0, true]);
      expect(found.examples[0]).toMatchObject({ kind: "different" });
      expect(Object.keys(found.examples[0]?.columns ?? {})).toHaveLength(1);
      expect(await dump()).toEqual(damaged);
    }
    const report = await rebuildViews(pool.owner, { check: true });
    expect(report.differences).toBe(tables.reduce((sum, table) => sum + report.tables[table].different, 0));
  });

  it("finds rows that are missing, and rows that nothing tells of", async () => {
    await applyVariedHistory();
    for (const table of tables) {
      const copied = await pool.query(`select to_jsonb(${table}) as row from ${table} limit 1`);
      const { row } = copied.rows[0];
      const strangers = { id: "strange", account_id: "strange", sync_id: "strange", minute: row.minute + 60 };
      const strange = { ...row, ...strangers };
      await pool.query(`delete from ${table} where ctid = (select min(ctid) from ${table})`);
      await pool.query(`insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`, [
        strange,
      ]);
      const report = await rebuildViews(pool.owner, { check: true });
      expect([table, report.tables[table].missing, report.tables[table].extra]).toEqual([table, 1, 1]);
      expect(report.tables[table].examples.map(({ kind }) => kind).sort()).toEqual(["extra", "missing"]);
    }
  });

  it("leaves alone the minutes of which the audit trail may have nothing more", async () => {
    await applyVariedHistory();
    const minutes = async () =>
      (await pool.query<{ minute: number }>("select minute from activity_minutes order by minute")).rows;
    const [first, ...others] = await minutes();
    const middle = others.at(-3)?.minute ?? 0;
    // An account that was removed meanwhile, with its audit trail; the clocks of two machines may differ by a minute.
    await pool.query(
      `insert into account_states (account_id, tenant_id, status, status_since, epoch, seq)
       values ('gone', 'acme', 'removed', to_timestamp($1 * 60), 1, 0)`,
      [middle],
    );
    await pool.query("update activity_minutes set dead_lettered = dead_lettered + 1 where minute <= $1", [
      middle + 1,
    ]);
    await pool.query(
      "insert into activity_minutes select (jsonb_populate_record(m, '{\"minute\": 1}')).* from activity_minutes m where minute = $1",
      [first?.minute],
    );
    const before = await minutes();
    const { tables: found } = await rebuildViews(pool.owner, { check: true });
    expect(found.activity_minutes).toMatchObject({ missing: 0, extra: 0, different: 0 });
    expect(found.activity_minutes.rows).toBe(others.filter(({ minute }) => minute > middle + 1).length);
    await pool.query("update activity_minutes set dead_lettered = dead_lettered + 1 where minute > $1", [
      middle + 1,
    ]);
    await rebuildViews(pool.owner, { check: false });
    expect(await minutes()).toEqual(before);
    expect((await rebuildViews(pool.owner, { check: true })).tables.activity_minutes.different).toBe(0);
  });

  it("compares one moment, while the projector goes on", async () => {
    const events = historyOf(4, 600);
    let position: LogPosition = await beginEpoch(1);
    await applyBatch(pool, position, events.slice(0, 20));
    position = { epoch: 1, seq: 20 };
    const state = { isDone: false };
    const projecting = (async () => {
      for (let start = 20; start < events.length; start += 3) {
        const batch = events.slice(start, start + 3);
        await applyBatch(pool, position, batch);
        position = batch.at(-1)?.position ?? position;
      }
      state.isDone = true;
    })();
    let checks = 0;
    while (!state.isDone) {
      const report = await rebuildViews(pool.owner, { check: true });
      expect(report.differences).toBe(0);
      checks++;
    }
    await projecting;
    expect(checks).toBeGreaterThan(1);
  });

  it("makes the live views whole, while the projector and readers go on", async () => {
    await applyVariedHistory();
    const before = await dump();
    const { rows } = await pool.query("select seq::int, epoch from checkpoints");
    for (const table of tables) {
      await pool.query(damages[table]);
      await pool.query(`delete from ${table} where ctid = (select max(ctid) from ${table})`);
    }
    const state = { isDone: false, reads: 0 };
    const reading = (async () => {
      while (!state.isDone) {
        // Prepared on connections that outlive the rebuild.
        const counted = await pool.query({ name: "reader", text: "select count(*)::int as n from chunks" });
        expect(counted.rows[0].n).toBeGreaterThan(1);
        state.reads++;
      }
    })();
    const report = await rebuildViews(pool.owner, { check: false });
    expect(report.swapped).toBe(true);
    for (const table of tables) {
      expect(report.tables[table].different + report.tables[table].missing).toBeGreaterThan(0);
    }
    expect(await dump()).toEqual(before);
    // The projector's own statements still find the live tables, and nothing of the rebuild is left.
    const more = historyOf(5, 200, 2).map(({ event, position }) => ({
      event: { ...event, accountId: `later-${event.accountId}` },
      position: { epoch: 2, seq: position.seq + rows[0].seq },
    }));
    await apply(rows[0], more);
    state.isDone = true;
    await reading;
    expect(state.reads).toBeGreaterThan(3);
    expect(await rebuildViews(pool.owner, { check: true })).toMatchObject({ differences: 0 });
    expect((await pool.query("select count(*)::int as n from account_states")).rows[0].n).toBeGreaterThan(2);
  });

  it("waits for a batch that is being applied, and then has it", async () => {
    const events = historyOf(6, 100);
    const position = await beginEpoch(1);
    await applyBatch(pool, position, events.slice(0, 10));
    const blocker = await pool.owner.connect();
    await blocker.query("begin");
    await blocker.query("update checkpoints set updated_at = now()");
    const rebuilding = rebuildViews(pool.owner, { check: false });
    await sleep(300);
    await blocker.query("commit");
    blocker.release();
    await applyBatch(pool, { epoch: 1, seq: 10 }, events.slice(10, 20));
    await rebuilding;
    expect(await rebuildViews(pool.owner, { check: true })).toMatchObject({ events: 20, differences: 0 });
  });

  it("works on an empty database", async () => {
    expect(await rebuildViews(pool.owner, { check: false })).toMatchObject({
      events: 0,
      differences: 0,
      swapped: true,
    });
  });

  it("tells how far it is", async () => {
    await apply(await beginEpoch(1), historyOf(7, 900));
    const told: number[][] = [];
    const report = await rebuildViews(pool.owner, { check: true, onProgress: (...now) => told.push(now) });
    expect(told.length).toBeGreaterThan(1);
    expect(told.at(-1)).toEqual([report.events, report.events]);
  });
});
