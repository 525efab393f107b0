/** What is known of when a sync has moved; see the resource. */
export interface KnownMoves {
  readonly status: string;
  readonly startedAt: Date | null;
  /** Since it started. */
  readonly pausedMs: number;
  readonly chunksSettled: number;
  readonly windowChunks: number | null;
  /** When the newest fact of it was appended; null: that is not known. */
  readonly movedAt: Date | null;
}

export interface Stillness {
  /** Since its newest fact; null: it does not run, or that is not known. */
  readonly seconds: number | null;
  /** It has been still for so long that its pace until then says nothing of what is to come. */
  readonly afterSeconds: number;
}

const afterSecondsMin = 30;
/** Nothing tells yet how long its chunks take. */
const afterSecondsOfFirst = 60;
const patience = 1.5;

/**
 * For how long nothing has become known of a running sync, and after how long that is too long. Chunks of a window may be
 * worked on at once, settle together, and be followed by a silence as long as one takes: that long, and half as long again, is
 * no stillness.
 */
export function stillnessOf(sync: KnownMoves, nowMs: number): Stillness {
  const { status, startedAt, pausedMs, chunksSettled, windowChunks, movedAt } = sync;
  if (status !== "running" || startedAt === null || movedAt === null)
    return { seconds: null, afterSeconds: afterSecondsOfFirst };
  const seconds = Math.max(0, Math.floor((nowMs - movedAt.getTime()) / 1_000));
  if (chunksSettled === 0) return { seconds, afterSeconds: afterSecondsOfFirst };
  const movingSeconds = Math.max(0, movedAt.getTime() - startedAt.getTime() - pausedMs) / 1_000;
  const atOnce = Math.min(windowChunks ?? 1, Math.max(2, chunksSettled));
  const chunkSeconds = (movingSeconds / chunksSettled) * atOnce;
  return { seconds, afterSeconds: Math.max(afterSecondsMin, Math.ceil(patience * chunkSeconds)) };
}
