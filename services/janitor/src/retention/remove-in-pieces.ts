import { isOutOfTime } from "./limited-pool.ts";
import type { RetentionScope } from "./retention-scope.ts";

/** A piece that takes longer is followed by smaller ones: it holds its rows for all that time. */
const pieceMsGoal = 500;
/** A piece of so few that is not in time is a failure: something else is wrong. */
const piecesMin = 20;

/**
 * Removes some at a time, until none is left, or the run is over. Pieces that the database does not get through in time are
 * undone, and tried smaller.
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
      if (isOutOfTime(error) && size > piecesMin) return null;
      throw error;
    });
    const tookMs = performance.now() - beganMs;
    await scope.pause();
    if (removed !== null && removed < size) return;
    if (removed === null) size = Math.max(piecesMin, Math.floor(size / 4));
    else if (tookMs > pieceMsGoal) size = Math.min(size, Math.max(piecesMin, Math.floor(size / 2)));
  }
}
