import { duration } from "./numbers.ts";

const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const wholeTime = (iso: string): string => whole.format(new Date(iso));
export const clockTime = (iso: string): string => clockWithSeconds.format(new Date(iso));

/** As lists of mail have it: the hour of today, the day of this year, the date of what is older. */
export function mailTime(iso: string, now = new Date()): string {
  const at = new Date(iso);
  if (at.toDateString() === now.toDateString()) return clock.format(at);
  return (at.getFullYear() === now.getFullYear() ? day : dayOfYear).format(at);
}

/** "3 min ago", "in 2 h"; one unit, because a glance is enough. */
export function relativeTime(iso: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(iso)) / 1_000;
  const [amount] = duration(Math.abs(seconds)).split(/(?<=[a-z]) /);
  if (Math.abs(seconds) < 5) return "just now";
  return seconds > 0 ? `${amount} ago` : `in ${amount}`;
}
