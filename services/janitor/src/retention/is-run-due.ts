/** How the schedule of a task stands; times in milliseconds since the epoch. */
export interface ScheduleStanding {
  /** When a run was last through; null: none was. */
  readonly completedMs: number | null;
  /** Runs that failed since. */
  readonly failures: number;
  /** When the last of them failed; null: none did. */
  readonly failedMs: number | null;
}

/** What keeps a task from its work (a broker that is away) is often over in moments; each failure leaves a record. */
const firstWaitMs = 30_000;
const waitMsMax = 60 * 60_000;

/** Whether a task's schedule asks for a run now. After a failure it waits, twice as long each time, an hour at most. */
export function isRunDue(standing: ScheduleStanding | undefined, everyMs: number, nowMs: number): boolean {
  if (standing === undefined) return true;
  const { completedMs, failures, failedMs } = standing;
  if (failedMs !== null) return nowMs - failedMs >= Math.min(everyMs, waitMs(failures));
  return completedMs === null || nowMs - completedMs >= everyMs;
}

const waitMs = (failures: number): number =>
  Math.min(waitMsMax, firstWaitMs * 2 ** Math.min(failures - 1, 30));
