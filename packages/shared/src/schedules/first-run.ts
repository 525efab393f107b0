import { nextCronTime } from "./cron-times.ts";
import type { Schedule } from "./schedule.ts";

const firstAdaptiveMs = 15 * 60_000;

/**
 * When a schedule that was just set runs for the first time, in milliseconds since the epoch; null: never. Intervals
 * begin at random within themselves, so that accounts which were set up together do not run together for ever.
 *
 * @param random uniform in [0, 1)
 */
export function firstRunMs(schedule: Schedule, nowMs: number, random: number): number | null {
  switch (schedule.kind) {
    case "none":
      return null;
    case "adaptive":
      return Math.round(nowMs + firstAdaptiveMs * random);
    case "interval":
      return Math.round(nowMs + schedule.seconds * 1_000 * random);
    case "cron":
      return nextCronTime(schedule.expression, schedule.timeZone, new Date(nowMs))?.getTime() ?? null;
  }
}
