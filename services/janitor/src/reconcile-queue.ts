import { setTimeout as sleep } from "node:timers/promises";
import { noProgress } from "@millrace/shared/events/chunk-progress";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Nats } from "@millrace/shared/nats/connect-nats";
import type { EventLog } from "@millrace/shared/nats/event-log";
import { publishWork } from "@millrace/shared/nats/publish-work";
import { readQueuedChunks } from "@millrace/shared/nats/read-work-queue";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import type { Page } from "@millrace/shared/steps/cut-chunks";
import { decideRequeue, missingChunks, type QueueSituation } from "./decide-requeue.ts";

export interface ReconcilerPorts {
  readonly pool: Pool;
  readonly nats: Nats;
  readonly eventLog: EventLog;
  readonly log: Logger;
  readonly idleSeconds: number;
}

const syncsPerRun = 1_000;
/** A chunk that was just released or just settled looks missing for a moment; only one that stays so is. */
const confirmAfterMs = 2_000;
const pagesBackMax = 1_000;

const idleSyncsSql = `
  select s.id as "syncId", s.tenant_id as "tenantId", s.account_id as "accountId"
  from syncs s
  where s.ended_at is null and s.status = 'running'
    and coalesce(
      (select e.happened_at from events e where e.sync_id = s.id order by e.epoch desc, e.seq desc limit 1),
      s.created_at
    ) <= now() - make_interval(secs => $1)
  order by s.created_at
  limit $2`;

interface IdleSync extends AccountRef {
  readonly syncId: string;
}

/**
 * Compares what the log says is outstanding with what is queued or claimed, and puts missing chunks back.
 * Looks only at running syncs that have not moved for a while.
 *
 * @returns how many chunks were put back
 */
export async function reconcileQueue(ports: ReconcilerPorts, signal: AbortSignal): Promise<number> {
  const { rows } = await ports.pool.query<IdleSync>(idleSyncsSql, [ports.idleSeconds, syncsPerRun]);
  const suspects: { readonly sync: IdleSync; readonly missing: readonly number[] }[] = [];
  for (const sync of rows) {
    if (signal.aborted) return 0;
    const missing = (await unlessItFails(ports, sync, () => findMissing(ports, sync))) ?? [];
    if (missing.length > 0) suspects.push({ sync, missing });
  }
  if (suspects.length === 0) return 0;
  await sleep(confirmAfterMs, undefined, { signal });
  let requeued = 0;
  for (const { sync, missing } of suspects) {
    requeued += (await unlessItFails(ports, sync, () => requeue(ports, sync, missing))) ?? 0;
  }
  return requeued;
}

/** One sync that cannot be looked at must not keep the others from it. */
async function unlessItFails<T>(
  ports: ReconcilerPorts,
  sync: IdleSync,
  look: () => Promise<T>,
): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    ports.log.warn(
      { err: error, "sync.id": sync.syncId },
      "a sync cannot be reconciled, its next turn comes",
    );
    return null;
  }
}

async function findMissing(ports: ReconcilerPorts, sync: IdleSync): Promise<number[]> {
  const situation = await readSituation(ports, sync);
  return situation === null ? [] : missingChunks(situation);
}

async function requeue(
  ports: ReconcilerPorts,
  sync: IdleSync,
  suspected: readonly number[],
): Promise<number> {
  const situation = await readSituation(ports, sync);
  if (situation === null) return 0;
  const missing = missingChunks(situation).filter((chunkIndex) => suspected.includes(chunkIndex));
  if (missing.length === 0) return 0;
  const pages = await readPages(ports, situation, Math.min(...missing));
  for (const effect of decideRequeue(situation, missing, pages, Date.now())) {
    if (effect.kind === "enqueue") await publishWork(ports.nats, effect);
    else await ports.eventLog.append(effect);
  }
  ports.log.warn(
    { event: "reconciler.requeued", "sync.id": sync.syncId, chunks: missing },
    "chunks were put back",
  );
  return missing.length;
}

/** Null when the sync has ended. The queue is read before the log: what is settled in between is not missed. */
async function readSituation(
  ports: ReconcilerPorts,
  { syncId, ...account }: IdleSync,
): Promise<QueueSituation | null> {
  const ref = { tenantId: account.tenantId, accountId: account.accountId };
  const queued = await readQueuedChunks(ports.nats, ref, syncId);
  const course = await ports.eventLog.lastCourseFact(ref);
  const active = course.fact?.course.active;
  if (active?.syncId !== syncId) return null;
  const [page, chunk] = await Promise.all([
    ports.eventLog.lastPage(ref, syncId),
    ports.eventLog.lastChunkFact(ref, syncId),
  ]);
  return {
    ref,
    active,
    queued,
    newestPage: page.fact,
    progress: chunk.fact?.progress ?? noProgress,
  };
}

/** The newest page and those before it, back to the one that holds `chunkIndex`. */
async function readPages(
  ports: ReconcilerPorts,
  situation: QueueSituation,
  chunkIndex: number,
): Promise<Page[]> {
  const pages: Page[] = [];
  let page = situation.newestPage;
  while (page !== null && pages.length < pagesBackMax) {
    pages.push(page);
    if (page.firstChunk <= chunkIndex || page.pageNumber === 0) break;
    page = await ports.eventLog.readPage(situation.ref, page.syncId, page.pageNumber - 1);
  }
  return pages;
}
