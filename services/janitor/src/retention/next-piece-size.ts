/** A piece that takes longer is followed by smaller ones: it holds its rows for all that time. */
const pieceMsGoal = 500;
/** A piece of so few that is not in time is a failure: something else is wrong. */
export const pieceMin = 20;

/**
 * How much the next piece has at most. What slowed one down may be over, so one that took less than half of the goal is followed
 * by a larger one, by half, up to the first size.
 *
 * @param size what the last one had at most
 * @param max what the first one had
 * @param tookMs null: the database did not get through it in time
 */
export function nextPieceSize(size: number, max: number, tookMs: number | null): number {
  if (tookMs === null) return smaller(size, 4);
  if (tookMs > pieceMsGoal) return smaller(size, 2);
  return tookMs < pieceMsGoal / 2 ? Math.min(max, Math.ceil(size * 1.5)) : size;
}

const smaller = (size: number, by: number): number =>
  Math.min(size, Math.max(pieceMin, Math.floor(size / by)));
