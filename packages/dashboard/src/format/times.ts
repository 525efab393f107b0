import { locale } from "./locale.ts";
import { duration } from "./numbers.ts";

const hourCycle = "h23";
const twoDigits = { hour: "2-digit", minute: "2-digit", hourCycle } as const;
const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });
const clock = new Intl.DateTimeFormat(locale, twoDigits);
const clockWithSeconds = new Intl.DateTimeFormat(locale, { ...twoDigits, second: "2-digit" });
const whole = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium", hourCycle });

export const wholeTime = (iso: string): string => whole.format(new Date(iso));
export const clockTime = (iso: string): string => clockWithSeconds.format(new Date(iso));
export const hourTime = (at: Date): string => clock.format(at);

/** As lists of mail have it: the hour of today, the day of this year, the date of what is older. */
export function mailTime(iso: string, now = new Date()): string {
  const at = new Date(iso);
  if (at.toDateString() === now.toDateString()) return hourTime(at);
  return (at.getFullYear() === now.getFullYear() ? day : dayOfYear).format(at);
}

/** "3 min ago", "in 2 h"; one unit, because a glance is enough. What is to come is the nearest: 47 h 59 min are no single day. */
export function relativeTime(iso: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(iso)) / 1_000;
  if (Math.abs(seconds) < 5) return "just now";
  if (seconds < 0) return `in ${nearest(-seconds)}`;
  const [amount] = duration(Math.floor(seconds)).split(/(?<=[a-z]) /);
  return `${amount} ago`;
}

/** When something comes that is waited for: once its time has passed it may come at any moment. */
export function comingTime(iso: string, nowMs: number): string {
  const seconds = (Date.parse(iso) - nowMs) / 1_000;
  return seconds < 0.5 ? "at any moment" : `in ${nearest(seconds)}`;
}

/** Hours up to two days. */
function nearest(seconds: number): string {
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  if (seconds < 59.5 * 60) return `${Math.round(seconds / 60)} min`;
  const hours = Math.round(seconds / 3_600);
  return hours <= 48 ? `${hours} h` : `${Math.round(seconds / 86_400)} d`;
}
