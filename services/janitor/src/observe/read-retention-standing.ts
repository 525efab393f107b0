import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import type { RetentionConfig } from "../retention/retention-tasks.ts";

export type RetentionPeriods = Pick<RetentionConfig, "RETENTION_SECONDS" | "RETENTION_SCHEDULES">;

/** How a task of retention stands, whichever janitor does it. */
export interface TaskStanding {
  readonly task: string;
  readonly everySeconds: number;
  /** When its last run by schedule was completed, seconds since 1970; null: none was yet. */
  readonly completedAt: number | null;
  /** Runs by schedule that have failed since. */
  readonly failures: number;
  /** For how long a run has been under way; 0: none is. */
  readonly runningSeconds: number;
}

/** Each part is a step in `retention_runs_by_task` or in `retention_runs_open`. More failures than that are as many. */
const failuresMax = 100;

const sql = `
  select known.task, extract(epoch from last.at)::float8 as "completedAt",
    (select count(*)::int from (
      select from retention_runs r
      where r.task = known.task and r.asked_by is null and r.state = 'failed'
        and r.ended_at > coalesce(last.at, '-infinity')
      limit ${failuresMax}
    ) as failed) as failures,
    coalesce((select extract(epoch from now() - min(r.started_at))::float8 from retention_runs r
      where r.task = known.task and r.state = 'running'), 0) as "runningSeconds"
  from unnest($1::text[]) as known (task)
  left join lateral (
    select r.ended_at as at from retention_runs r
    where r.task = known.task and r.asked_by is null and r.state = 'completed' and r.ended_at is not null
    order by r.ended_at desc limit 1
  ) as last on true`;

/** @throws the driver's errors while the database is away */
export async function readRetentionStanding(
  pool: SweepingPool,
  { RETENTION_SECONDS, RETENTION_SCHEDULES }: RetentionPeriods,
): Promise<readonly TaskStanding[]> {
  const { rows } = await pool.ofAll().query<Omit<TaskStanding, "everySeconds">>(sql, [retentionTaskNames]);
  const periods: Readonly<Record<string, number | undefined>> = RETENTION_SCHEDULES;
  return rows.map((row) => ({ ...row, everySeconds: periods[row.task] ?? RETENTION_SECONDS }));
}
