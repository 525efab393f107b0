/** So many turns in a row begin, together, with each of the ids. */
export const turnsMax = 8;
const idsATurnMin = 3;

/**
 * The ids in the order of a turn: each turn begins where the one before it ended, had that got no further than
 * `idsATurn`. So whoever gives up after that many has asked for each of the same ids within `turnsMax` turns, and messages
 * that fail on and on do not stand before the others for ever. Each round of turns begins with other ones of a turn's, for
 * those who get no further than three of it.
 *
 * @param turn 0 leaves them as they are
 */
export function inTurn(ids: readonly string[], turn: number): readonly string[] {
  if (ids.length === 0) return ids;
  const size = idsATurn(ids.length);
  const start = ((turn % turnsMax) * size) % ids.length;
  const turned = [...ids.slice(start), ...ids.slice(0, start)];
  const first = (Math.floor(turn / turnsMax) * idsATurnMin) % size;
  return [...turned.slice(first, size), ...turned.slice(0, first), ...turned.slice(size)];
}

/** How many of so many ids a turn asks for at least. */
export const idsATurn = (count: number): number =>
  Math.min(count, Math.max(idsATurnMin, Math.ceil(count / turnsMax)));
