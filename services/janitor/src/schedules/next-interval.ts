export interface IntervalLimits {
  /** After changes. */
  readonly minSeconds: number;
  /** While nothing happens, and nobody tells us of changes. */
  readonly idleSeconds: number;
  /** While nothing happens, and we would be told. */
  readonly idlePushSeconds: number;
}

/**
 * How long an adaptive schedule waits, in seconds, without its jitter: the least after changes, twice as long as before
 * while there are none, up to a limit that is higher where we are told of changes.
 */
export function nextIntervalSeconds(
  before: number,
  { foundChanges, isPushed }: { readonly foundChanges: boolean; readonly isPushed: boolean },
  { minSeconds, idleSeconds, idlePushSeconds }: IntervalLimits,
): number {
  const cap = isPushed ? idlePushSeconds : idleSeconds;
  return foundChanges ? Math.min(minSeconds, cap) : Math.min(Math.max(before * 2, minSeconds), cap);
}

const jitterShare = 0.2;

/** @param random uniform in [0, 1). @returns the seconds, a fifth more or less */
export const withJitter = (seconds: number, random: number): number =>
  seconds * (1 + jitterShare * (2 * random - 1));
