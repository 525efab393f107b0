import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import { readDatabaseClock, surelySkewedMs } from "@millrace/shared/service/watch-clocks";
import type { PeriodicTask } from "../run-periodically.ts";

/** Days are what it decides by; who is off by more has no clock that keeps time, and may be off by years. */
const skewMsMax = 5 * 60_000;
const measureEveryMs = 10_000;

export interface ClockPorts {
  readonly pool: Pick<Pool, "ofNobody">;
  readonly log: Logger;
  /** This machine's clock, milliseconds since the epoch. */
  readonly nowMs: () => number;
}

/** Whether this machine's clock may decide what has had its time. @throws the driver's errors while the database is away */
export type TrustClock = () => Promise<boolean>;

/** Compares this machine's clock with the database's, which all janitors share, again after ten seconds. */
export function createClockTrust({ pool, log, nowMs }: ClockPorts): TrustClock {
  let seen: { readonly isTrusted: boolean; readonly atMs: number } | null = null;
  return async () => {
    if (seen !== null && performance.now() - seen.atMs < measureEveryMs) return seen.isTrusted;
    const askedMs = nowMs();
    const skewMs = surelySkewedMs(await readDatabaseClock(pool), askedMs, nowMs());
    const isTrusted = Math.abs(skewMs) <= skewMsMax;
    if (!isTrusted && seen?.isTrusted !== false)
      log.error(
        { event: "clock.refused", skewMs: Math.round(skewMs) },
        "this machine's clock is not the database's: nothing is removed, asked for or renewed by it until both keep time (NTP)",
      );
    if (isTrusted && seen?.isTrusted === false)
      log.info({ event: "clock.trusted" }, "the clock is right again");
    seen = { isTrusted, atMs: performance.now() };
    return isTrusted;
  };
}

/** A task that is passed over while the clock is not to be trusted. */
export const byClock = (isTrusted: TrustClock, task: PeriodicTask): PeriodicTask => ({
  ...task,
  run: async (signal) => {
    if (await isTrusted()) await task.run(signal);
  },
});
