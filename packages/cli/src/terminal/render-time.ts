import { formatDuration } from "../syncs/render-progress.ts";

const daySeconds = 86_400;

/** A time as a person says it, such as "3 min 05 s ago", "in 2 h 10 min", or the day when that is long ago; "never" for null. */
export function renderTime(at: string | null, nowMs: number): string {
  if (at === null) return "never";
  const seconds = (nowMs - Date.parse(at)) / 1_000;
  if (Math.abs(seconds) >= 3 * daySeconds) return `${seconds > 0 ? "" : "on "}${at.slice(0, 10)}`;
  if (Math.abs(seconds) < 1) return "now";
  return seconds > 0 ? `${formatDuration(seconds)} ago` : `in ${formatDuration(-seconds)}`;
}
