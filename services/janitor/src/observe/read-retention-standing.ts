import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { everySecondsOf, type ScheduleConfig } from "@millrace/shared/retention/schedule-env";
import { readStandings } from "../retention/run-store.ts";

/** How a task of retention stands, whichever janitor does it. */
export interface TaskStanding {
  readonly task: string;
  readonly everySeconds: number;
  /** When its last run by schedule was completed that left nothing over, seconds since 1970; null: none was yet. */
  readonly completedAt: number | null;
  /** Runs by schedule that have failed since. */
  readonly failures: number;
  /** For how long a run has been under way; 0: none is. */
  readonly runningSeconds: number;
}

/** More failures than that are as many. */
const failuresMax = 100;

const runningSql = `
  select task, extract(epoch from now() - min(started_at))::float8 as seconds from retention_runs
  where state = 'running' group by task`;

/** @throws the driver's errors while the database is away */
export async function readRetentionStanding(
  pool: SweepingPool,
  periods: ScheduleConfig,
): Promise<readonly TaskStanding[]> {
  const standings = await readStandings(pool, new Date(), failuresMax);
  const { rows } = await pool.ofAll().query<{ task: string; seconds: number }>(runningSql);
  const running = new Map(rows.map(({ task, seconds }) => [task, seconds]));
  return [...standings].map(([task, { throughMs, failures }]) => ({
    task,
    everySeconds: everySecondsOf(periods, task),
    completedAt: throughMs === null ? null : throughMs / 1_000,
    failures,
    runningSeconds: running.get(task) ?? 0,
  }));
}
