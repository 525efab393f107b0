import type { ActiveSync } from "@millrace/shared/events/account-course";
import { type ChunkProgress, outstandingChunks, releasedCount } from "@millrace/shared/events/chunk-progress";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Effect } from "@millrace/shared/runtime/outcome";
import { chunksListed, enqueueChunk, type Page } from "@millrace/shared/steps/cut-chunks";

/** A running sync, as the log and the work queue have it. */
export interface QueueSituation {
  readonly ref: AccountRef;
  readonly active: ActiveSync;
  readonly progress: ChunkProgress;
  readonly newestPage: Page | null;
  /** Chunks that are queued or claimed. */
  readonly queued: ReadonlySet<number>;
}

/** Chunks that must be in the queue or claimed, and are neither. */
export function missingChunks({ active, progress, newestPage, queued }: QueueSituation): number[] {
  const released = Math.min(releasedCount(progress, active.windowChunks), chunksListed(newestPage));
  return outstandingChunks(progress, released).filter((chunkIndex) => !queued.has(chunkIndex));
}

/**
 * Puts missing chunks back, and records that it did. Losing the whole work queue costs time, never mail (rule
 * I5): everything on it follows from the log.
 *
 * @param pages the pages that hold the missing chunks
 * @param nowMs makes the ids new, so that the queue does not take the chunk for its first release
 */
export function decideRequeue(
  situation: QueueSituation,
  missing: readonly number[],
  pages: readonly Page[],
  nowMs: number,
): Effect[] {
  const { ref, active } = situation;
  const found = missing.flatMap((chunkIndex) => {
    const page = pages.find((p) => p.firstChunk <= chunkIndex && chunkIndex < p.firstChunk + p.chunkCount);
    return page === undefined ? [] : [enqueueChunk(situation, page, chunkIndex, `requeued-${nowMs}`)];
  });
  if (found.length === 0) return [];
  const chunkIndexes = found.map(({ item }) => item.chunkIndex);
  return [
    ...found,
    {
      kind: "append",
      ref,
      eventId: `${active.syncId}.requeued.${nowMs}`,
      expectedSeq: null,
      fact: {
        type: "chunk.requeued",
        syncId: active.syncId,
        chunkIndexes,
        reason: "outstanding, but neither queued nor claimed",
      },
    },
  ];
}
