import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { idleCourse } from "../events/account-course.ts";
import { noProgress } from "../events/chunk-progress.ts";
import { type Fact, syncIdsOf } from "../events/facts.ts";
import { newId } from "../events/identifiers.ts";
import type { AccountRef } from "../events/subjects.ts";
import { connectNats, type Nats } from "../nats/connect-nats.ts";
import { ensureTopology } from "../nats/ensure-topology.ts";
import { EventLog } from "../nats/event-log.ts";
import { createTestPool, type TestPool } from "../testing/create-test-pool.ts";
import { at, givenActive, givenFetched, givenPage, givenProgress, givenStarted } from "../testing/given.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { createSyncState } from "./create-sync-state.ts";
import type { SyncState } from "./sync-state.ts";

let database: TestDatabase;
let server: TestNats;
let nats: Nats;
let pool: TestPool;
let log: EventLog;
let state: SyncState;
let ref: AccountRef;

beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), startTestNats()]);
  nats = await connectNats(server.url, "test", silentLogger, {
    replicas: 1,
    logMebibytes: 64,
    claimMs: 30_000,
  });
  await ensureTopology(nats);
  pool = createTestPool(database.url, "chunker", 4);
  log = new EventLog(nats, "test");
  state = createSyncState(log, pool);
});
afterAll(async () => {
  await nats?.connection.close();
  await server?.stop();
  await pool?.end();
  await database?.drop();
});
beforeEach(() => {
  ref = { tenantId: "acme", accountId: newId("acc") };
});

const logFact = async (fact: Fact): Promise<number> => {
  const appended = await log.append({ kind: "append", ref, eventId: newId("syn"), expectedSeq: null, fact });
  return appended.kind === "appended" ? appended.seq : -1;
};
let seqs = 0;
/** As the projection has it. */
const store = (fact: Fact, epoch = 1, of: AccountRef = ref) =>
  pool.query(
    `insert into events (epoch, seq, id, tenant_id, account_id, sync_id, type, source, happened_at, fact)
     values ($1, $2, $3, $4, $5, $6, $7, 'test', $8, $9)`,
    [epoch, ++seqs, newId("syn"), of.tenantId, of.accountId, syncIdsOf(fact)[0], fact.type, at, fact],
  );

describe("an account's course", () => {
  it("is that of the newest fact, with the place that an append has to expect", async () => {
    await logFact(givenStarted());
    const seq = await logFact(givenStarted(givenActive("s2")));
    expect(await state.course(ref)).toEqual({ course: givenStarted(givenActive("s2")).course, seq });
  });

  it("of which the log has forgotten everything is idle, and complete to where Postgres knows", async () => {
    expect(await state.course(ref)).toEqual({ course: idleCourse, seq: 0 });
    await pool.query(
      "insert into account_states (account_id, tenant_id, watermark, epoch, seq) values ($1, $2, '42', 1, 1)",
      [ref.accountId, ref.tenantId],
    );
    expect(await state.course(ref)).toEqual({ course: { ...idleCourse, watermark: "42" }, seq: 0 });
    expect((await state.course({ ...ref, tenantId: "other" })).course.watermark).toBeNull();
  });

  it("expects also what is no fact", async () => {
    const { seq } = await nats.js.publish(`evt.${ref.tenantId}.${ref.accountId}.sync`, "hello");
    expect((await state.course(ref)).seq).toBe(seq);
  });
});

describe("a sync's listing", () => {
  it("is read from the log", async () => {
    await store(givenPage(9, 1));
    for (const pageNumber of [0, 1]) await logFact(givenPage(pageNumber, 500));
    expect(await state.newestPage(ref, "s1")).toEqual(givenPage(1, 500));
    expect(await state.page(ref, "s1", 0)).toEqual(givenPage(0, 500));
    expect(await state.newestPage(ref, "s2")).toBeNull();
  });

  it("is read from Postgres where the log has lost it", async () => {
    for (const pageNumber of [0, 10, 9, 1]) await store(givenPage(pageNumber, 500));
    expect(await state.newestPage(ref, "s1")).toEqual(givenPage(10, 500));
    expect(await state.page(ref, "s1", 9)).toEqual(givenPage(9, 500));
    expect(await state.page(ref, "s1", 5)).toBeNull();
    await logFact(givenPage(11, 500));
    expect(await state.page(ref, "s1", 9)).toEqual(givenPage(9, 500));
  });

  it("is the one of the newest epoch, where Postgres has two of a page", async () => {
    await store(givenPage(0, 1), 1);
    await store(givenPage(0, 2), 2);
    expect((await state.newestPage(ref, "s1"))?.messageIds).toHaveLength(2);
    expect((await state.page(ref, "s1", 0))?.messageIds).toHaveLength(2);
  });

  it("is never another account's", async () => {
    await store(givenPage(0, 1), 1, { ...ref, accountId: "other" });
    expect(await state.newestPage(ref, "s1")).toBeNull();
  });
});

describe("a sync's checkpoint", () => {
  const settled = (chunks: number, pageNumber = 0) => givenFetched(givenProgress(chunks), { pageNumber });

  it("is that of the newest fact, with the place that an append has to expect", async () => {
    await store(settled(9));
    await logFact(settled(1));
    const seq = await logFact(settled(2));
    expect(await state.progress(ref, "s1")).toEqual({ progress: givenProgress(2), seq });
  });

  it("is the furthest that Postgres knows, where the log has lost it", async () => {
    for (const chunks of [2, 10, 9]) await store(settled(chunks));
    expect(await state.progress(ref, "s1")).toEqual({ progress: givenProgress(10), seq: 0 });
    await store({
      type: "dead_letters.settled",
      syncId: "s1",
      chunkIndex: 0,
      letters: [{ ordinal: 0, outcome: "stored" }],
      mail: { added: [], changed: [], deleted: [] },
      progress: { ...givenProgress(10), revision: 11 },
    });
    expect((await state.progress(ref, "s1")).progress.revision).toBe(11);
  });

  it("is none where the log has the listing from its beginning: what Postgres knows is of a log that was lost", async () => {
    await store(settled(3));
    await logFact(givenPage(1, 500));
    expect((await state.progress(ref, "s1")).progress).toEqual(givenProgress(3));
    await logFact(givenPage(0, 500));
    expect(await state.progress(ref, "s1")).toEqual({ progress: noProgress, seq: 0 });
  });

  it("is told by Postgres, whatever the log has", async () => {
    await store(settled(9));
    await logFact(settled(1));
    expect(await state.toldProgress(ref, "s1")).toEqual(givenProgress(9));
    expect(await state.toldProgress({ ...ref, accountId: "other" }, "s1")).toEqual(noProgress);
  });

  it("is none at the beginning", async () => {
    expect(await state.progress(ref, "s1")).toEqual({ progress: noProgress, seq: 0 });
  });
});

describe("a sync has run before", () => {
  it("when the log has a page of it, or Postgres knows its end", async () => {
    expect(await state.hasRunBefore(ref, "s1")).toBe(false);
    await logFact(givenPage(0, 1));
    expect(await state.hasRunBefore(ref, "s1")).toBe(true);
    await pool.query(
      `insert into syncs (id, tenant_id, account_id, status, created_at, epoch, seq, ended_at)
       values ('ended', $1, $2, 'completed', now(), 1, 1, now()), ('running', $1, $2, 'running', now(), 1, 1, null)`,
      [ref.tenantId, ref.accountId],
    );
    const ran = ["ended", "running", "unknown"].map((syncId) => state.hasRunBefore(ref, syncId));
    expect(await Promise.all(ran)).toEqual([true, false, false]);
    expect(await state.hasRunBefore({ ...ref, accountId: "other" }, "ended")).toBe(false);
  });
});
