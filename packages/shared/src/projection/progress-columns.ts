import type { ChunkProgress } from "../events/chunk-progress.ts";
import type { FactOf } from "../events/facts.ts";
import { ledgerColumns, type SyncView } from "./views.ts";

/** How far a listing is. */
export function pageColumns(view: SyncView | null, fact: FactOf<"page.listed">) {
  return {
    listed: Math.max(view?.listed ?? 0, fact.listedBefore + fact.messageIds.length),
    chunks_listed: Math.max(view?.chunks_listed ?? 0, fact.firstChunk + fact.chunkCount),
    listing_complete: view?.listing_complete === true || isLast(fact),
    stage: fact.stage,
    estimated_total: view?.estimated_total ?? fact.estimatedTotal,
    baseline: view?.baseline ?? fact.baseline,
  };
}

/** Nothing more is to come: a listing with a watermark from which changes are to be read is followed by those. */
function isLast({ nextPageToken, stage, since }: FactOf<"page.listed">): boolean {
  return nextPageToken === null && (stage === "changes" || since === null);
}

/**
 * How far its chunks are. The last dead letter that is redriven with success makes a partial sync a completed one.
 *
 * @param handled messages that were dealt with in an open chunk which has settled now
 */
export function checkpointColumns(view: SyncView | null, progress: ChunkProgress, handled: number) {
  const { ledger, revision, settledCount } = progress;
  const isNews =
    view === null || isFurther({ chunks: settledCount, messages: ledger.listed, revision }, extentOf(view));
  // They pass from the open chunk to what is settled. What does not arrive there is kept until it does (rule I8).
  const arrived = isNews ? ledger.listed - (view?.settled ?? 0) : 0;
  const uncounted = Math.max(0, (view?.handled_uncounted ?? 0) + handled - arrived);
  if (!isNews) return { handled_uncounted: uncounted };
  const isMended = view?.status === "partial" && ledger.deadLettered === 0;
  return {
    ...ledgerColumns(ledger),
    chunks_settled: settledCount,
    settled: ledger.listed,
    handled_uncounted: uncounted,
    progress_revision: revision,
    ...(isMended ? { status: "completed" as const } : {}),
  };
}

/**
 * Where a sync ended: with a ledger that balances, whatever was shown of it before. Dead letters may have been settled
 * since the checkpoint that its end was decided on: then the row knows better. What the row knows of a log that was
 * lost, and that had listed or settled more, is not part of this end.
 */
export function completionColumns(view: SyncView | null, fact: FactOf<"sync.completed">) {
  const { ledger, revision, chunkCount } = fact;
  const end = {
    listed: ledger.listed,
    listing_complete: true,
    watermark: fact.watermark,
    handled_uncounted: 0,
  };
  const isSameEnd = view?.chunks_settled === chunkCount && view.settled === ledger.listed;
  if (isSameEnd && view.progress_revision > revision) {
    return { ...end, status: view.dead_lettered === 0 ? ("completed" as const) : ("partial" as const) };
  }
  return {
    ...end,
    ...ledgerColumns(ledger),
    status: fact.status,
    chunks_settled: chunkCount,
    settled: ledger.listed,
    progress_revision: revision,
  };
}

interface Extent {
  readonly chunks: number;
  readonly messages: number;
  readonly revision: number;
}

const extentOf = (view: SyncView): Extent => ({
  chunks: view.chunks_settled,
  messages: view.settled,
  revision: view.progress_revision,
});

/**
 * Revisions alone would do for one log. One that was restored from an older copy counts on from there, and may
 * have settled less when it comes to the same number.
 */
function isFurther(a: Extent, b: Extent): boolean {
  if (a.chunks < b.chunks || a.messages < b.messages) return false;
  return a.chunks > b.chunks || a.messages > b.messages || a.revision > b.revision;
}
