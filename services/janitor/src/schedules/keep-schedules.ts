import { setTimeout as sleep } from "node:timers/promises";
import type { TrustClock } from "../care/trust-clock.ts";
import type { RunningTask } from "../run-periodically.ts";
import { earliestRunMs } from "./claim-due-runs.ts";
import { runDueSchedules, runsPerBatch, type SchedulePorts } from "./run-due-schedules.ts";

/** A schedule that was set meanwhile is seen by then. */
const sleepMsMax = 5_000;
/** What comes due meanwhile is done together: with many accounts, each turn by itself would cost more than its runs. */
const sleepMsMin = 2_000;
const busySleepMsMin = 4_000;
/** A turn of so many is one of many accounts. */
const busyRuns = 4;

/**
 * Runs schedules when they are due, and sleeps in between. Every copy of the janitor does: they share the work by rows.
 */
export function keepSchedules(ports: SchedulePorts, isTrusted: TrustClock): RunningTask {
  const stopping = new AbortController();
  const running = loop(ports, isTrusted, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function loop(ports: SchedulePorts, isTrusted: TrustClock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const delayMs = await turn(ports, isTrusted, signal).catch((error: unknown) => {
      if (!signal.aborted)
        ports.log.warn({ err: error, task: "schedules" }, "schedules wait for their next turn");
      return sleepMsMax;
    });
    if (delayMs > 0) await sleep(delayMs, undefined, { signal }).catch(() => {});
  }
}

/** @returns how long nothing is to be done, in milliseconds */
async function turn(ports: SchedulePorts, isTrusted: TrustClock, signal: AbortSignal): Promise<number> {
  if (!(await isTrusted())) return sleepMsMax;
  const { claimed, moved } = await runDueSchedules(ports, signal);
  if (claimed === runsPerBatch && moved === claimed) return 0;
  if (moved < claimed) return sleepMsMax;
  const nextMs = await earliestRunMs(ports.pool);
  if (nextMs === null) return sleepMsMax;
  const leastMs = claimed >= busyRuns ? busySleepMsMin : sleepMsMin;
  return Math.min(Math.max(nextMs - ports.nowMs(), leastMs), sleepMsMax);
}
