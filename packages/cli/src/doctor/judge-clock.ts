import { type Finding, ok, warn } from "./finding.ts";

export interface ClockReading {
  readonly theirsMs: number;
  /** Halfway between question and answer. */
  readonly oursMs: number;
  /** By how much the difference may be wrong: half of the round trip, and what the clock is not told to. */
  readonly uncertaintyMs: number;
}

const skewMsMax = 2_000;

/** Clocks that differ by more than two seconds, surely, are worth a warning: ages, expiries and schedules are compared with them. */
export function judgeClock(
  check: string,
  whose: string,
  { theirsMs, oursMs, uncertaintyMs }: ClockReading,
): Finding {
  const skewMs = theirsMs - oursMs;
  if (Math.abs(skewMs) - uncertaintyMs <= skewMsMax)
    return ok(check, `${whose} clock is within ${skewMsMax / 1_000} s of this machine's`);
  const seconds = (Math.abs(skewMs) / 1_000).toFixed(1);
  return warn(
    check,
    `${whose} clock is ${seconds} s ${skewMs > 0 ? "ahead of" : "behind"} this machine's`,
    "Have both machines keep time (NTP): expiries, schedules and ages are judged by clocks.",
  );
}
