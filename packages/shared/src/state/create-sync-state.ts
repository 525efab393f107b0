import { idleCourse } from "../events/account-course.ts";
import { type ChunkProgress, noProgress } from "../events/chunk-progress.ts";
import type { Fact, FactOf } from "../events/facts.ts";
import { readFactIfAny } from "../events/read-fact.ts";
import type { AccountRef } from "../events/subjects.ts";
import type { EventLog } from "../nats/event-log.ts";
import type { Pool } from "../postgres/create-pool.ts";
import type { SyncState } from "./sync-state.ts";

const watermarkSql = `select watermark from account_states where tenant_id = $1 and account_id = $2`;

const endedSql = `select from syncs where tenant_id = $1 and account_id = $2 and id = $3 and ended_at is not null`;

const newestPageSql = `
  select fact, version from events
  where tenant_id = $1 and account_id = $2 and sync_id = $3 and type = 'page.listed'
  order by (fact ->> 'pageNumber')::integer desc, epoch desc, seq desc limit 1`;

const pageSql = `
  select fact, version from events
  where tenant_id = $1 and account_id = $2 and sync_id = $3 and type = 'page.listed'
    and (fact ->> 'pageNumber')::integer = $4
  order by epoch desc, seq desc limit 1`;

const progressSql = `
  select fact, version from events
  where tenant_id = $1 and account_id = $2 and sync_id = $3
    and type in ('chunk.fetched', 'chunk.dead_lettered', 'dead_letters.settled')
  order by (fact -> 'progress' ->> 'revision')::bigint desc, epoch desc, seq desc limit 1`;

interface StoredFact {
  readonly fact: unknown;
  readonly version: number;
}

/** The state of syncs, from the log first and then from Postgres. A fact of a newer version is an error and no gap: NewerFactError. */
export function createSyncState(eventLog: EventLog, pool: Pool): SyncState {
  const readFirst = async (
    ref: AccountRef,
    sql: string,
    values: readonly unknown[],
  ): Promise<Fact | null> => {
    const { rows } = await pool.of(ref.tenantId).query<StoredFact>(sql, [...keyOf(ref), ...values]);
    const [row] = rows;
    return row === undefined ? null : readFactIfAny(row.fact, row.version);
  };
  const readPage = async (
    ref: AccountRef,
    sql: string,
    values: readonly unknown[],
  ): Promise<FactOf<"page.listed"> | null> => {
    const fact = await readFirst(ref, sql, values);
    return fact?.type === "page.listed" ? fact : null;
  };
  const readProgress = async (ref: AccountRef, syncId: string): Promise<ChunkProgress> => {
    const fact = await readFirst(ref, progressSql, [syncId]);
    return fact !== null && "progress" in fact ? fact.progress : noProgress;
  };
  const newestPageAt: SyncState["newestPageAt"] = async (ref, syncId) => {
    const { fact, seq } = await eventLog.lastPage(ref, syncId);
    return { page: fact ?? (await readPage(ref, newestPageSql, [syncId])), seq };
  };
  return {
    async course(ref) {
      const last = await eventLog.lastCourseFact(ref);
      if (last.fact !== null) return { course: last.fact.course, seq: last.seq };
      // What remains of an idle account whose facts were forgotten is its watermark.
      const { rows } = await pool
        .of(ref.tenantId)
        .query<{ watermark: string | null }>(watermarkSql, keyOf(ref));
      return { course: { ...idleCourse, watermark: rows[0]?.watermark ?? null }, seq: last.seq };
    },
    newestPage: async (ref, syncId) => (await newestPageAt(ref, syncId)).page,
    newestPageAt,
    async page(ref, syncId, pageNumber) {
      const fact = await eventLog.readPage(ref, syncId, pageNumber);
      return fact ?? readPage(ref, pageSql, [syncId, pageNumber]);
    },
    async progress(ref, syncId) {
      const { fact, seq } = await eventLog.lastCheckpoint(ref, syncId);
      if (fact !== null) return { progress: fact.progress, seq };
      // A log that has the listing from its beginning has its checkpoints as well, if there are any: one that Postgres
      // knows beside it is of a log that was lost, and of chunks that may have held other messages.
      if ((await eventLog.readPage(ref, syncId, 0)) !== null) return { progress: noProgress, seq };
      return { progress: await readProgress(ref, syncId), seq };
    },
    toldProgress: (ref, syncId) => readProgress(ref, syncId),
    async hasRunBefore(ref, syncId) {
      const [page, { rowCount }] = await Promise.all([
        eventLog.lastPage(ref, syncId),
        pool.of(ref.tenantId).query(endedSql, [...keyOf(ref), syncId]),
      ]);
      return page.fact !== null || rowCount !== 0;
    },
  };
}

const keyOf = ({ tenantId, accountId }: AccountRef) => [tenantId, accountId];
