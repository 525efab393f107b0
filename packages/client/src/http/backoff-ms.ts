export interface Backoff {
  /** Before the first repetition. */
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * How long to wait before the n-th repetition: twice as long each time, up to the cap, and between half of that and all of
 * it, so that clients that were interrupted together do not come back together.
 *
 * @param repetition 1 is the first
 * @param random from 0 to below 1
 */
export function backoffMs(repetition: number, random: number, { baseMs, capMs }: Backoff): number {
  const fullMs = Math.min(baseMs * 2 ** Math.min(repetition - 1, 30), capMs);
  return Math.round(fullMs / 2 + (fullMs / 2) * random);
}
