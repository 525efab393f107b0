import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { type FactOf, factSchema } from "@millrace/shared/events/facts";
import { applyBatch } from "@millrace/shared/projection/apply-batch";
import type { PositionedEvent } from "@millrace/shared/projection/project-batch";
import { rebuildViews } from "@millrace/shared/projection/rebuild-views";
import { randomHistory } from "@millrace/shared/projection/testing/random-history";
import type { AppendEffect } from "@millrace/shared/runtime/outcome";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RetentionScope } from "../retention-scope.ts";
import { findDueSyncs } from "./find-due-syncs.ts";
import { forgetSyncs } from "./forget-syncs.ts";
import { removeForgotten } from "./remove-forgotten.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const periods = { finishedDays: 30, failedDays: 7 };
const accounts = ["acc_1", "acc_2"];
const scopeOf = (signal = new AbortController().signal) =>
  new RetentionScope({ now: new Date(), tenantId: null, isDryRun: false, signal });

let database: TestDatabase;
let projecting: TestPool;
let pool: TestPool;
let log: PositionedEvent[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  projecting = createTestPool(database.url, "sync-api", 4);
  pool = createTestPool(database.url, "janitor", 4);
  log = [];
  await pool.query("insert into tenants (id, name) values ('acme', 'Acme')");
  for (const id of accounts)
    await pool.query(
      `insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ($1, 'acme', 'gmail', $1, '')`,
      [id],
    );
});
afterEach(async () => {
  await projecting.end();
  await pool.end();
  await database.drop();
});

/** A history of two mailboxes, an event every few hours. */
function historyOf(seed: number, length: number): PositionedEvent[] {
  const choices = fc.array(fc.noBias(fc.nat(2 ** 30)), { minLength: length, maxLength: length, size: "max" });
  const [chosen] = fc.sample(choices, { seed, numRuns: 1 });
  return randomHistory(chosen ?? [], { id: `e${seed}.`, stepMs: 5 * hourMs });
}

const endOf = (events: readonly PositionedEvent[]) => new Date(events.at(-1)?.event.time ?? 0);

async function beginEpoch(epoch: number): Promise<void> {
  await pool.query(
    `insert into checkpoints (name, epoch, stream_created, seq) values ('projector', $1::integer, $1::integer::text, 0)
     on conflict (name) do update set epoch = excluded.epoch, seq = 0, event_id = null`,
    [epoch],
  );
}

/** Projects in batches of changing size. */
async function apply(events: readonly PositionedEvent[]): Promise<void> {
  const { rows } = await pool.query<{ epoch: number; seq: number }>(
    "select epoch, seq::float8 as seq from checkpoints",
  );
  let position = rows[0] ?? { epoch: 1, seq: 0 };
  for (let start = 0, size = 1; start < events.length; size = (size % 17) + 3) {
    const batch = events.slice(start, start + size);
    await applyBatch(projecting, position, batch);
    position = batch.at(-1)?.position ?? position;
    start += batch.length;
  }
  log.push(...events);
}

/** The next event of the log. */
async function append({ ref, eventId, fact }: AppendEffect, time: Date): Promise<void> {
  const position = { epoch: log.at(-1)?.position.epoch ?? 1, seq: (log.at(-1)?.position.seq ?? 0) + 1 };
  const event = {
    ...ref,
    id: eventId,
    time: time.toISOString(),
    source: "janitor",
    fact: factSchema.parse(fact),
  };
  await apply([{ position, event }]);
}

/** All of what is due at a time is forgotten. @returns which syncs */
async function forgetDue(now: Date): Promise<string[]> {
  const forgotten: string[] = [];
  for (;;) {
    const due = await findDueSyncs(pool, now, periods, ["acc_1", "acc_2"]);
    if (due.length === 0) return forgotten;
    for (const [accountId, ofAccount] of Map.groupBy(due, (sync) => sync.accountId)) {
      const ports = {
        pool,
        append: async (effect: AppendEffect) => {
          await append(effect, now);
          return "appended" as const;
        },
      };
      await forgetSyncs(ports, { tenantId: "acme", accountId }, ofAccount);
    }
    forgotten.push(...(await removeForgotten(pool, scopeOf())));
  }
}

const check = async () => {
  const { differences, tables } = await rebuildViews(projecting.owner, { check: true });
  return { differences, examples: Object.values(tables).flatMap(({ examples }) => examples) };
};
const none = { differences: 0, examples: [] };

const dump = async (forgotten: readonly string[]) => {
  const rows = async (table: string, id: string) =>
    (
      await pool.query(
        `select to_jsonb(t) - 'forgotten_until' as row from ${table} t where ${id} <> all ($1) order by t::text`,
        [forgotten],
      )
    ).rows;
  return {
    syncs: await rows("syncs", "id"),
    chunks: await rows("chunks", "sync_id"),
    letters: await rows("dead_letters", "sync_id"),
    accounts: await rows("account_states", "account_id"),
  };
};
const syncIds = async () =>
  (await pool.query<{ id: string }>("select id from syncs order by id")).rows.map(({ id }) => id);

it.each([1, 2, 3, 4, 5, 6])(
  "what is forgotten leaves no trace, and all else as it was (history %i)",
  async (seed) => {
    await beginEpoch(1);
    const events = historyOf(seed, 500);
    await apply(events);
    expect(await check()).toEqual(none);
    const now = new Date(endOf(events).getTime() + 2 * hourMs);
    const before = await dump([]);
    const forgotten = await forgetDue(now);
    expect(forgotten.length).toBeGreaterThan(5);
    expect(await dump([])).toEqual({
      syncs: before.syncs.filter(({ row }) => !forgotten.includes(row.id)),
      chunks: before.chunks.filter(({ row }) => !forgotten.includes(row.sync_id)),
      letters: before.letters.filter(({ row }) => !forgotten.includes(row.sync_id)),
      accounts: before.accounts,
    });
    expect((await pool.query("select from events where sync_id = any($1)", [forgotten])).rowCount).toBe(0);
    expect((await pool.query("select from sync_removals")).rowCount).toBe(0);
    expect(await check()).toEqual(none);
  },
);

it("a log that was restored from an older copy brings nothing of it back, and moves no account backwards", async () => {
  await beginEpoch(1);
  const events = historyOf(7, 400);
  await apply(events);
  await forgetDue(new Date(endOf(events).getTime() + 2 * hourMs));
  const before = [await dump([]), await syncIds()];
  await beginEpoch(2);
  const again = log.map(({ event, position }) => ({ event, position: { ...position, epoch: 2 } }));
  log = [];
  await apply(again);
  expect([await dump([]), await syncIds()]).toEqual(before);
  expect(await check()).toEqual(none);
});

it("what is left over when a run is cut off is gone on with, and until then not taken for a difference", async () => {
  await beginEpoch(1);
  const events = historyOf(8, 600);
  await apply(events);
  const now = new Date(endOf(events).getTime() + 2 * hourMs);
  const due = (await findDueSyncs(pool, now, periods, ["acc_1", "acc_2"])).filter(
    ({ accountId }) => accountId === "acc_1",
  );
  const told: AppendEffect[] = [];
  const ports = {
    pool,
    append: async (effect: AppendEffect) => {
      told.push(effect);
      return "appended" as const;
    },
  };
  await forgetSyncs(ports, { tenantId: "acme", accountId: "acc_1" }, due);
  const removed: string[] = [];
  const remove = async () => void removed.push(...(await removeForgotten(pool, scopeOf())));
  await remove(); // not projected yet
  expect(removed).toEqual([]);
  for (const effect of told) await append(effect, now);
  expect(await check()).toEqual(none);
  const cutOff = AbortSignal.abort();
  await expect(removeForgotten(pool, scopeOf(cutOff))).rejects.toThrow();
  await remove();
  expect(removed.sort()).toEqual(due.map(({ syncId }) => syncId).sort());
  expect(await check()).toEqual(none);
});

it("where the broker did not take a fact, the next one names the syncs, with others, and what is theirs goes", async () => {
  await beginEpoch(1);
  const events = historyOf(8, 600);
  await apply(events);
  const ref = { tenantId: "acme", accountId: "acc_1" };
  const now = new Date(endOf(events).getTime() + 2 * hourMs);
  const due = await findDueSyncs(pool, now, periods, ["acc_1"]);
  expect(due.length).toBeGreaterThan(2);
  const isAway = { pool, append: () => Promise.reject(new Error("The broker is away")) };
  await expect(forgetSyncs(isAway, ref, due.slice(0, 2))).rejects.toThrow("The broker is away");
  expect(await removeForgotten(pool, scopeOf())).toEqual([]);
  const ports = {
    pool,
    append: async (effect: AppendEffect) => {
      await append(effect, now);
      return "appended" as const;
    },
  };
  await forgetSyncs(ports, ref, due);
  const removed = await removeForgotten(pool, scopeOf());
  expect(removed.toSorted()).toEqual(due.map(({ syncId }) => syncId).toSorted());
  expect(await check()).toEqual(none);
});

it("failed syncs go before others, and nothing goes before its time or on a held account", async () => {
  await beginEpoch(1);
  const events = historyOf(1, 500);
  await apply(events);
  const end = endOf(events).getTime() + 2 * hourMs;
  const { rows } = await pool.query<{ id: string; status: string; ended_at: Date }>(
    "select id, status, ended_at from syncs where ended_at is not null",
  );
  const ended = new Map(rows.map((row) => [row.id, row]));
  const ages: { readonly isFailed: boolean; readonly days: number }[] = [];
  for (let days = -100; days < 40; days++) {
    const now = new Date(end + days * dayMs);
    for (const { syncId } of await findDueSyncs(pool, now, periods, ["acc_1", "acc_2"])) {
      const { status, ended_at } = ended.get(syncId) ?? { status: "", ended_at: now };
      ages.push({ isFailed: status === "failed", days: (now.getTime() - ended_at.getTime()) / dayMs });
    }
  }
  expect(Math.min(...ages.filter(({ isFailed }) => isFailed).map(({ days }) => days))).toBeGreaterThan(7);
  expect(Math.min(...ages.filter(({ isFailed }) => !isFailed).map(({ days }) => days))).toBeGreaterThan(30);
  expect(ages.some(({ isFailed, days }) => isFailed && days < 30)).toBe(true);
  const now = new Date(end + 40 * dayMs);
  await pool.query("update accounts set held_at = now() where id = 'acc_1'");
  const unheld = await findDueSyncs(pool, now, periods, ["acc_1", "acc_2"]);
  expect(new Set(unheld.map(({ accountId }) => accountId))).toEqual(new Set(["acc_2"]));
  await pool.query(`update tenants set retention = '{"finishedSyncsDays": 36500, "failedSyncsDays": 36500}'`);
  expect(await findDueSyncs(pool, now, periods, ["acc_1", "acc_2"])).toEqual([]);
});

it("the fact names the syncs, and until when all of them had happened", async () => {
  await beginEpoch(1);
  const events = historyOf(10, 300);
  await apply(events);
  const forgotten = await forgetDue(new Date(endOf(events).getTime() + 40 * dayMs));
  const facts = log.flatMap(({ event }) =>
    event.fact.type === "syncs.forgotten" ? [event.fact as FactOf<"syncs.forgotten">] : [],
  );
  expect(facts.flatMap(({ syncIds }) => syncIds).sort()).toEqual(forgotten.sort());
  for (const { syncIds: named, happenedBefore } of facts) {
    const last = events
      .filter(({ event: { fact } }) => "syncId" in fact && named.includes(fact.syncId))
      .at(-1);
    expect(Date.parse(happenedBefore)).toBe(Date.parse(last?.event.time ?? ""));
  }
});
