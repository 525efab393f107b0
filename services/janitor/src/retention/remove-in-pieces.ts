import { isOutOfTime } from "./limited-pool.ts";
import { nextPieceSize, pieceMin } from "./next-piece-size.ts";
import type { RetentionScope } from "./retention-scope.ts";

/**
 * Removes some at a time, until none is left, or the run is over. Pieces that the database does not get through in time are
 * undone, and tried smaller; they grow again when that is over.
 *
 * @param max what the first piece has at most
 * @param removeSome removes up to so many, and answers how many there were
 */
export async function removeInPieces(
  scope: Pick<RetentionScope, "pause" | "mayGoOn">,
  max: number,
  removeSome: (max: number) => Promise<number>,
): Promise<void> {
  let size = max;
  while (scope.mayGoOn()) {
    const beganMs = performance.now();
    const removed = await removeSome(size).catch((error: unknown) => {
      if (isOutOfTime(error) && size > pieceMin) return null;
      throw error;
    });
    const tookMs = performance.now() - beganMs;
    await scope.pause();
    if (removed !== null && removed < size) return;
    size = nextPieceSize(size, max, removed === null ? null : tookMs);
  }
}
