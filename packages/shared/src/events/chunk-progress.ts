import { z } from "zod";
import { addLedgers, emptyLedger, type Ledger, ledgerSchema } from "./ledger.ts";

const index = z.int().nonnegative();

/**
 * The checkpoint of a sync, carried by each fact that settles a chunk. Such facts are appended with the
 * expectation that the one before is still the last, so the newest one on the subject is the whole truth:
 * nobody has to fold a history or trust a lagging view to know what is done.
 *
 * `settled` holds inclusive ranges, sorted and apart from each other. Chunks are released in order and at most
 * a window of them is outstanding, so there are never more ranges than the window has chunks, plus one.
 */
export const chunkProgressSchema = z.object({
  settled: z.array(z.tuple([index, index])),
  settledCount: index,
  ledger: ledgerSchema,
});
export type ChunkProgress = z.infer<typeof chunkProgressSchema>;

export const noProgress: ChunkProgress = Object.freeze({
  settled: [],
  settledCount: 0,
  ledger: emptyLedger,
});

export function isSettled(progress: ChunkProgress, chunkIndex: number): boolean {
  return progress.settled.some(([first, last]) => first <= chunkIndex && chunkIndex <= last);
}

/** The checkpoint after one more chunk; null when that chunk was settled before (a redelivery changes nothing). */
export function settleChunk(
  progress: ChunkProgress,
  chunkIndex: number,
  share: Ledger,
): ChunkProgress | null {
  if (isSettled(progress, chunkIndex)) return null;
  return {
    settled: insertIndex(progress.settled, chunkIndex),
    settledCount: progress.settledCount + 1,
    ledger: addLedgers(progress.ledger, share),
  };
}

/** How many chunks may have been released: the window slides by one with each settled chunk. */
export function releasedCount(progress: ChunkProgress, windowChunks: number): number {
  return progress.settledCount + windowChunks;
}

/** Indexes below `released` that are not settled: what must be queued or claimed right now. */
export function outstandingChunks(progress: ChunkProgress, released: number): number[] {
  const outstanding: number[] = [];
  let next = 0;
  for (const [first, last] of [...progress.settled, [released, released] as const]) {
    for (; next < Math.min(first, released); next++) outstanding.push(next);
    next = Math.max(next, last + 1);
  }
  return outstanding;
}

function insertIndex(ranges: ChunkProgress["settled"], chunkIndex: number): ChunkProgress["settled"] {
  const before = ranges.filter(([, last]) => last < chunkIndex - 1);
  const after = ranges.filter(([first]) => first > chunkIndex + 1);
  const touching = ranges.slice(before.length, ranges.length - after.length);
  const first = Math.min(chunkIndex, ...touching.map((range) => range[0]));
  const last = Math.max(chunkIndex, ...touching.map((range) => range[1]));
  return [...before, [first, last], ...after];
}
