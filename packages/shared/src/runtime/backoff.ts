/** Exponential, capped, with full jitter: AWS Architecture Blog, "Exponential Backoff And Jitter" (2015). */
export interface BackoffPolicy {
  readonly baseMs: number;
  readonly capMs: number;
}

export const defaultBackoff: BackoffPolicy = { baseMs: 250, capMs: 60_000 };

/**
 * How long to wait before the next attempt, in milliseconds: uniform between 0 and min(cap, base · 2^(attempt-1)),
 * but never under a tenth of the base, so that a failing dependency is not asked again at once.
 *
 * @param attempt 1 for the first failure
 * @param random uniform in [0, 1)
 */
export function backoffMs(attempt: number, random: number, policy: BackoffPolicy = defaultBackoff): number {
  return Math.max(Math.round(random * backoffCeilingMs(attempt, policy)), Math.ceil(policy.baseMs / 10));
}

/** The longest of these waits, in milliseconds: for who waits alone, so that nobody has to be spread. */
export function backoffCeilingMs(attempt: number, { baseMs, capMs }: BackoffPolicy): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(Math.max(attempt, 1) - 1, 30));
}
