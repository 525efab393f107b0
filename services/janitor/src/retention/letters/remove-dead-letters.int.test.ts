import {
  type ChunkProgress,
  noProgress,
  settleChunk,
  settleLetters,
} from "@millrace/shared/events/chunk-progress";
import { endSync, startSync } from "@millrace/shared/events/evolve-course";
import type { FactOf } from "@millrace/shared/events/facts";
import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { rebuildViews } from "@millrace/shared/projection/rebuild-views";
import {
  givenActive,
  givenCourse,
  givenFetched,
  givenShare,
  givenStarted,
} from "@millrace/shared/testing/given";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../../testing/start-world.ts";
import type { RetentionPorts } from "../retention-ports.ts";
import { RetentionScope, type ScopeOptions } from "../retention-scope.ts";
import { removeDeadLetters } from "./remove-dead-letters.ts";

const dayMs = 86_400_000;
const periods = { settledDays: 30, openDays: 180 };
const noMail = { added: [], changed: [], deleted: [] };

let world: TestWorld;
let ref: AccountRef;
let syncId: string;
let progress: ChunkProgress;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.stop();
});
beforeEach(async () => {
  await world.pool.query("update tenants set retention = '{}'");
  await world.pool.query("update accounts set held_at = now()"); // those of other tests keep what they have
  ref = await world.addAccount();
  syncId = newId("syn");
  progress = noProgress;
});

/** A partial sync of one chunk with three dead letters, whose bytes are kept. */
async function givenPartial(): Promise<void> {
  await world.append(ref, givenStarted(givenActive(syncId)));
  const share = givenShare(5, { stored: 2, deadLettered: 3 });
  progress = settleChunk(progress, 0, share) ?? progress;
  const letters = [0, 1, 2].map((ordinal) => ({
    ordinal,
    messageId: `m${ordinal}`,
    category: "unknown" as const,
    message: "",
  }));
  await world.append(ref, givenFetched(progress, { syncId, chunkIndex: 0, ledger: share, letters }));
  const course = endSync(startSync(givenCourse(), givenActive(syncId)), syncId);
  await world.append(ref, {
    type: "sync.completed",
    syncId,
    status: "partial",
    ledger: progress.ledger,
    revision: progress.revision,
    chunkCount: 1,
    watermark: null,
    course,
  });
  for (const { messageId } of letters) await keepBytes(messageId);
  await world.project();
}
async function settle(ordinal: number, outcome: "stored" | "discarded"): Promise<void> {
  const after = settleLetters(progress, [{ ordinal, outcome }]);
  if (after === null) throw new Error("it was settled before");
  progress = after.progress;
  const fact = { type: "dead_letters.settled", syncId, chunkIndex: 0, mail: noMail, progress } as const;
  await world.append(ref, { ...fact, letters: after.settled });
  await world.project();
}
const keepBytes = (messageId: string, daysAgo = 0) =>
  world.pool.query(
    `insert into dead_letter_contents (account_id, provider_id, tenant_id, raw, kept_at)
     values ($1, $2, $3, 'ten bytes.', now() - make_interval(days => $4))`,
    [ref.accountId, messageId, ref.tenantId, daysAgo],
  );

const ports = (): RetentionPorts => ({
  ...world.ports,
  blobs: undefined as never,
  sleep: () => world.project(), // it hears of things while it is waited for
});
/** What is removed so many days from now. */
async function removeIn(days: number, more: Partial<ScopeOptions> = {}) {
  const now = new Date(Date.now() + days * dayMs);
  const signal = new AbortController().signal;
  const scope = new RetentionScope({ now, tenantId: null, isDryRun: false, signal, ...more });
  await removeDeadLetters(ports(), periods, scope);
  await world.project();
  return scope.removed();
}

async function stands() {
  const values = [ref.accountId];
  const rows = async (sql: string) => (await world.pool.query(sql, values)).rows;
  return {
    letters: (
      await rows("select ordinal, state from dead_letters where account_id = $1 order by ordinal")
    ).map(({ ordinal, state }) => `${ordinal} ${state}`),
    bytes: (
      await rows("select provider_id from dead_letter_contents where account_id = $1 order by provider_id")
    ).map(({ provider_id }) => provider_id),
    syncs: await rows("select to_jsonb(s) - 'epoch' - 'seq' as sync from syncs s where account_id = $1"),
    chunks: await rows("select to_jsonb(c) - 'epoch' - 'seq' as chunk from chunks c where account_id = $1"),
  };
}
const rebuilt = async () => (await rebuildViews(world.pool.owner, { check: true })).differences;
const factsOf = async <T extends "dead_letters.forgotten" | "dead_letters.settled">(type: T) =>
  (await world.factsOf(ref)).filter((fact) => fact.type === type) as FactOf<T>[];

it("settled letters go after their time, by a fact, with their bytes; open ones stay, and the ledger is what it was", async () => {
  await givenPartial();
  await settle(0, "stored");
  await settle(1, "discarded");
  const before = await stands();
  expect(await removeIn(29)).toEqual({ counts: {}, bytes: 0 });
  expect(await removeIn(31, { isDryRun: true })).toMatchObject({ counts: { letters: 2 } });
  expect(await stands()).toEqual(before);
  expect(await removeIn(31)).toEqual({ counts: { letters: 2, letterContents: 2 }, bytes: 20 });
  expect(await factsOf("dead_letters.forgotten")).toMatchObject([
    {
      syncId,
      letters: [
        { ordinal: 0, messageId: "m0" },
        { ordinal: 1, messageId: "m1" },
      ],
    },
  ]);
  expect(await stands()).toEqual({ ...before, letters: ["2 open"], bytes: ["m2"] });
  expect(await rebuilt()).toBe(0);
  expect(await removeIn(32)).toEqual({ counts: {}, bytes: 0 });
});

it.each([
  ["settled", 31, { deadLettersDays: 365 }],
  ["open", 181, { openDeadLettersDays: 365 }],
  ["open", 181, { openDeadLettersDays: 0 }],
])(
  "%s letters stay when they are to be kept for longer, also those that a run has found",
  async (_, days, own) => {
    await givenPartial();
    await settle(0, "stored");
    if (days > 31) await removeIn(31); // so that nothing but open ones are due
    const before = await stands();
    // Between the look at what is due and its turn.
    const makesWay = async () => {
      await world.pool.query("update tenants set retention = $1", [own]);
      return false;
    };
    expect(await removeIn(days, { makesWay })).toEqual({ counts: {}, bytes: 0 });
    expect(await stands()).toEqual(before);
    await world.pool.query("update tenants set retention = '{}'");
    expect((await removeIn(days)).counts).not.toEqual({});
  },
);

it("a log that tells everything again brings no letter back, and a rebuild that replaces the views neither", async () => {
  await givenPartial();
  await settle(0, "stored");
  await removeIn(31);
  const before = await stands();
  await world.pool.query("update checkpoints set epoch = epoch + 1, seq = 0, event_id = null");
  await world.project();
  expect(await stands()).toEqual(before);
  await world.pool.query("delete from dead_letters");
  expect(await rebuilt()).toBeGreaterThan(0);
  await rebuildViews(world.pool.owner, { check: false });
  expect(await stands()).toEqual(before);
});

it("the last letter can be redriven after the others are forgotten: the sync completes, and its ledger balances", async () => {
  await givenPartial();
  await settle(0, "stored");
  await settle(1, "stored");
  await removeIn(31);
  await settle(2, "stored");
  const { rows } = await world.pool.query(
    "select status, stored::integer, dead_lettered::integer from syncs where id = $1",
    [syncId],
  );
  expect(rows).toEqual([{ status: "completed", stored: 5, dead_lettered: 0 }]);
  expect(await rebuilt()).toBe(0);
});

it("open letters that nobody has wanted for long are discarded by a fact; then they are settled, and go in their time", async () => {
  await givenPartial();
  expect((await removeIn(179)).counts).toEqual({});
  const { syncs } = await stands();
  expect((await removeIn(181)).counts).toEqual({ discarded: 3 });
  expect(await factsOf("dead_letters.settled")).toMatchObject([
    { chunkIndex: 0, letters: [0, 1, 2].map((ordinal) => ({ ordinal, outcome: "discarded" })) },
  ]);
  const after = await stands();
  expect(after.letters).toEqual(["0 discarded", "1 discarded", "2 discarded"]);
  const ledgerOf = ({ sync }: { sync: Record<string, unknown> }) => [
    sync.status,
    sync.stored,
    sync.dead_lettered,
  ];
  expect(after.syncs.map((row) => ledgerOf(row as never))).toEqual(
    syncs.map((row) => ledgerOf(row as never)),
  );
  expect((await removeIn(181)).counts).toEqual({ letters: 3, letterContents: 3 }); // they were settled today
  expect(await rebuilt()).toBe(0);
});

it("a letter that somebody has tried again counts from then, one of a tenant that says 0 waits for ever", async () => {
  await givenPartial();
  await world.pool.query(
    "update dead_letters set updated_at = now() + interval '100 days' where sync_id = $1 and ordinal = 1",
    [syncId],
  );
  await world.pool.query(`update tenants set retention = '{"openDeadLettersDays": 0}'`);
  expect((await removeIn(20_000)).counts).toEqual({});
  await world.pool.query(`update tenants set retention = '{"openDeadLettersDays": 90}'`);
  expect((await removeIn(91)).counts).toEqual({ discarded: 2 });
  expect((await stands()).letters).toEqual(["0 discarded", "1 open", "2 discarded"]);
});

it("nothing goes of an account that is held, or before its tenant's own time", async () => {
  await givenPartial();
  await settle(0, "stored");
  const before = await stands();
  await world.pool.query("update accounts set held_at = now() where id = $1", [ref.accountId]);
  expect((await removeIn(1_000)).counts).toEqual({});
  await world.pool.query("update accounts set held_at = null where id = $1", [ref.accountId]);
  await world.pool.query(`update tenants set retention = '{"deadLettersDays": 60}'`);
  expect((await removeIn(59)).counts).toEqual({});
  expect(await stands()).toEqual(before);
  expect((await removeIn(61)).counts).toEqual({ letters: 1, letterContents: 1 });
});

it("bytes that no letter names go when they have been kept for long enough, and not before their letter may be told of", async () => {
  await keepBytes("lost", 31);
  await keepBytes("fresh");
  expect(await removeIn(0)).toEqual({ counts: { letterContents: 1 }, bytes: 10 });
  expect((await stands()).bytes).toEqual(["fresh"]);
});
