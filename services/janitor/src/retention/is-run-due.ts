import { backoffCeilingMs } from "@millrace/shared/runtime/backoff";

/** How the schedule of a task stands; times in milliseconds since the epoch. */
export interface ScheduleStanding {
  /** When a run was last through; null: none was. */
  readonly completedMs: number | null;
  /** Whether it left nothing over; nor did one that was asked for since. */
  readonly isDone: boolean;
  /** Runs that failed since. */
  readonly failures: number;
  /** When the last of them failed; null: none did. */
  readonly failedMs: number | null;
}

/** What keeps a task from its work (a broker that is away) is often over in moments; each failure leaves a record. */
const backoff = { baseMs: 30_000, capMs: 60 * 60_000 };

/** The other tasks have their turns meanwhile, and what was asked for. */
const goOnMs = 20_000;

/**
 * Whether a task's schedule asks for a run now. After a failure it waits, twice as long each time, an hour at most; what a
 * run has left over the next one does soon.
 */
export function isRunDue(standing: ScheduleStanding | undefined, everyMs: number, nowMs: number): boolean {
  if (standing === undefined) return true;
  const { completedMs, isDone, failures, failedMs } = standing;
  if (failedMs !== null) return nowMs - failedMs >= Math.min(everyMs, backoffCeilingMs(failures, backoff));
  const distanceMs = isDone ? everyMs : Math.min(everyMs, goOnMs);
  return completedMs === null || nowMs - completedMs >= distanceMs;
}
