import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import { readDatabaseClock, surelySkewedMs } from "@millrace/shared/service/watch-clocks";
import type { PeriodicTask } from "../run-periodically.ts";

/** Days are what it decides by; who is off by more has no clock that keeps time, and may be off by years. */
const skewMsMax = 5 * 60_000;
const measureEveryMs = 10_000;
/** A clock that goes by itself does not leave the time that has passed by more; one that does was set, and is compared anew. */
const jumpMsMax = 1_000;

export interface ClockPorts {
  readonly pool: Pick<Pool, "ofNobody">;
  readonly log: Logger;
  /** This machine's clock, milliseconds since the epoch. */
  readonly nowMs: () => number;
}

/**
 * Whether this machine's clock may decide what has had its time.
 *
 * @param toldMs what it has just told and is to be decided by, milliseconds since the epoch; absent: what it tells now
 * @throws the driver's errors while the database is away
 */
export type TrustClock = (toldMs?: number) => Promise<boolean>;

interface Seen {
  readonly isTrusted: boolean;
  /** What the clock told, and when that was by one that nobody sets. */
  readonly toldMs: number;
  readonly atMs: number;
}

/** Compares this machine's clock with the database's, which all janitors share, again after ten seconds or when it was set. */
export function createClockTrust({ pool, log, nowMs }: ClockPorts): TrustClock {
  let seen: Seen | null = null;
  return async (toldMs = nowMs()) => {
    const atMs = performance.now();
    if (seen !== null && isFresh(seen, toldMs, atMs)) return seen.isTrusted;
    const theirsMs = await readDatabaseClock(pool);
    const skewMs = surelySkewedMs(theirsMs, toldMs, toldMs + (performance.now() - atMs));
    const isTrusted = Math.abs(skewMs) <= skewMsMax;
    if (!isTrusted && seen?.isTrusted !== false)
      log.error(
        { event: "clock.refused", skewMs: Math.round(skewMs) },
        "this machine's clock is not the database's: nothing is removed, asked for or renewed by it until both keep time (NTP)",
      );
    if (isTrusted && seen?.isTrusted === false)
      log.info({ event: "clock.trusted" }, "the clock is right again");
    seen = { isTrusted, toldMs, atMs };
    return isTrusted;
  };
}

function isFresh(seen: Seen, toldMs: number, atMs: number): boolean {
  const passedMs = atMs - seen.atMs;
  return passedMs < measureEveryMs && Math.abs(toldMs - seen.toldMs - passedMs) <= jumpMsMax;
}

/** A task that is passed over while the clock is not to be trusted. */
export const byClock = (isTrusted: TrustClock, task: PeriodicTask): PeriodicTask => ({
  ...task,
  run: async (signal) => {
    if (await isTrusted()) await task.run(signal);
  },
});
