export interface IntervalLimits {
  /** After changes. */
  readonly minSeconds: number;
  /** While nothing happens for long, and nobody tells us of changes. */
  readonly idleSeconds: number;
  /** While nothing happens for long, and we would be told. */
  readonly idlePushSeconds: number;
}

/** By so much at a time the second half of the way to the limit is gone: it takes some fifteen polls, which is half a day. */
const slowGrowth = 1.05;

/**
 * How long an adaptive schedule waits, in seconds, without its jitter: the least after changes; while there are none twice
 * as long as before up to half of a limit, then slowly up to it. So a mailbox that is looked at as seldom as that has been
 * silent many times as long. The limit is higher where we are told of changes.
 */
export function nextIntervalSeconds(
  before: number,
  { foundChanges, isPushed }: { readonly foundChanges: boolean; readonly isPushed: boolean },
  { minSeconds, idleSeconds, idlePushSeconds }: IntervalLimits,
): number {
  const cap = isPushed ? idlePushSeconds : idleSeconds;
  const least = Math.min(minSeconds, cap);
  if (foundChanges) return least;
  const grown = before < cap / 2 ? Math.min(before * 2, cap / 2) : Math.min(before * slowGrowth, cap);
  return Math.max(Math.ceil(grown), least);
}

const jitterShare = 0.2;

/** @param random uniform in [0, 1). @returns the seconds, a fifth more or less */
export const withJitter = (seconds: number, random: number): number =>
  seconds * (1 + jitterShare * (2 * random - 1));
