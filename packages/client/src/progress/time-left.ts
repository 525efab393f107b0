import type { Overview, Sync } from "../resources.ts";

/**
 * What can honestly be said of how long a sync still takes.
 *
 * - `none`: it does not run
 * - `unknown`: it runs, and nobody can tell
 * - `left`: about so many seconds, as things are
 * - `still`: nothing of it has moved for so many seconds, which is more than slowness
 */
export type TimeLeft =
  | { readonly kind: "none" | "unknown" }
  | { readonly kind: "left" | "still"; readonly seconds: number };

/** When a state was told, and how far the telling can be trusted now. */
export interface Telling {
  /** When it came, in milliseconds of the clock that `nowMs` is of; see `toldAtMs`. */
  readonly toldAtMs: number;
  readonly nowMs: number;
  /** A change would have been heard of. While it would not, silence says nothing. */
  readonly isLive: boolean;
}

/** Of an API that does not tell it yet. */
const stillAfterSecondsUsual = 60;

/** The one place that decides it, for every bar, table and line. */
export function timeLeft(
  { status, progress }: Pick<Sync, "status" | "progress">,
  { toldAtMs, nowMs, isLive }: Telling,
): TimeLeft {
  if (status !== "running") return { kind: "none" };
  const sinceTold = Math.max(0, nowMs - toldAtMs) / 1_000;
  // Where a change would not be heard of, only what was told is known.
  const stillSeconds = (progress.stillSeconds ?? 0) + (isLive ? sinceTold : 0);
  if (stillSeconds > (progress.stillAfterSeconds ?? stillAfterSecondsUsual))
    return { kind: "still", seconds: Math.floor(stillSeconds) };
  if (progress.secondsLeft === null) return { kind: "unknown" };
  if (progress.secondsLeft === 0) return { kind: "left", seconds: 0 };
  // What was told and is over was wrong.
  const seconds = Math.ceil(progress.secondsLeft - sinceTold);
  return seconds > 0 ? { kind: "left", seconds } : { kind: "unknown" };
}

/** As long as it may take until an attempt that nothing comes of is known to have failed. */
const claimSecondsMax = 90;

/**
 * Whether the reason why a sync is still is that no worker takes chunks: they wait, none of any sync was settled for a minute,
 * and none fails.
 *
 * @param stillSeconds of `timeLeft`
 */
export const isNobodyWorking = (
  { lanes, messagesPerSecond, syncs }: Overview,
  stillSeconds: number,
): boolean =>
  stillSeconds >= claimSecondsMax &&
  messagesPerSecond === 0 &&
  syncs.failing === 0 &&
  lanes.some(({ oldestSeconds }) => oldestSeconds !== null && oldestSeconds >= claimSecondsMax);
