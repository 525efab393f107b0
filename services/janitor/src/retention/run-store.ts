import { newId } from "@millrace/shared/events/identifiers";
import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { inTransaction } from "@millrace/shared/postgres/in-transaction";
import { type RetentionTaskName, retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import type { ScheduleStanding } from "./is-run-due.ts";
import type { RetentionScope } from "./retention-scope.ts";

/** A run as its row has it. */
export interface RetentionRun {
  readonly id: string;
  readonly task: RetentionTaskName;
  readonly tenantId: string | null;
  readonly isDryRun: boolean;
}

const columns = `id, task, tenant_id as "tenantId", dry_run as "isDryRun"`;

/** One that was under way when its process went is begun anew: what it has removed it does not find again. */
const takeSql = `
  update retention_runs set state = 'running', started_at = $1
  where id = (
    select id from retention_runs where state in ('requested', 'running') order by requested_at, id limit 1
  )
  returning ${columns}`;

/** The run that has been waited for longest; null when nobody waits. For whoever holds retention's lock. */
export async function takeRun(pool: SweepingPool, now: Date): Promise<RetentionRun | null> {
  return (await pool.ofAll().query<RetentionRun>(takeSql, [now])).rows[0] ?? null;
}

const beginSql = `
  insert into retention_runs (id, task, dry_run, state, requested_at, started_at)
  values ($1, $2, false, 'running', $3, $3)
  returning ${columns}`;

/** A run of a schedule. */
export async function beginRun(
  pool: SweepingPool,
  task: RetentionTaskName,
  now: Date,
): Promise<RetentionRun> {
  const { rows } = await pool.ofAll().query<RetentionRun>(beginSql, [newId("ret"), task, now]);
  return rows[0] as RetentionRun;
}

/** More failures than these make no difference to when the next run comes. */
const failuresThatCount = 16;

const standingSql = `
  select known.task, extract(epoch from last.ended_at)::float8 * 1000 as "completedMs",
    coalesce(last.done, true) and not exists (
      select from retention_runs r
      where r.task = known.task and r.asked_by is not null and not r.dry_run and not r.done and r.state in ('completed', 'stopped')
        and r.ended_at > last.ended_at
    ) as "isDone",
    failed.count::integer as failures, extract(epoch from failed.ended_at)::float8 * 1000 as "failedMs"
  from unnest($1::text[]) as known (task)
  left join lateral (
    select ended_at, done from retention_runs r
    where r.task = known.task and r.asked_by is null and r.ended_at is not null and r.state = 'completed'
    order by r.ended_at desc limit 1
  ) as last on true
  cross join lateral (
    select count(*) as count, max(ended_at) as ended_at from (
      select ended_at from retention_runs r
      where r.task = known.task and r.asked_by is null and r.state = 'failed'
        and r.ended_at >= coalesce(last.ended_at, '-infinity')
      order by r.ended_at desc limit $2
    ) as newest
  ) as failed`;

/** How the schedule of each task stands. @param failuresMax more than that are as many */
export async function readStandings(
  pool: SweepingPool,
  failuresMax = failuresThatCount,
): Promise<ReadonlyMap<RetentionTaskName, ScheduleStanding>> {
  const { rows } = await pool
    .ofAll()
    .query<ScheduleStanding & { task: RetentionTaskName }>(standingSql, [retentionTaskNames, failuresMax]);
  return new Map(rows.map((row) => [row.task, row]));
}

const endSql = `
  update retention_runs set state = $2, ended_at = $6, removed = $3, bytes = $4, failure = $5, done = $7 where id = $1
  returning started_at as "startedAt"`;

const tenantSql = `
  insert into retention_run_tenants (run_id, tenant_id, task, dry_run, started_at, ended_at, removed, bytes, done)
  select $1, part.tenant_id, $2, $3, $4, $5, part.removed, part.bytes, $7
  from jsonb_to_recordset($6::jsonb) as part (tenant_id text, removed jsonb, bytes bigint)
  on conflict (run_id, tenant_id) do nothing`;

export interface EndOfRun {
  readonly state: "completed" | "failed" | "stopped";
  readonly failure: string | null;
  readonly endedAt: Date;
}

/** Keeps what came of a run, in all and of each tenant. */
export async function endRun(
  pool: SweepingPool,
  { id, task, isDryRun }: RetentionRun,
  { state, failure, endedAt }: EndOfRun,
  scope: RetentionScope,
): Promise<void> {
  const { counts, bytes } = scope.removed();
  const parts = [...scope.removedByTenant()].flatMap(([tenantId, part]) =>
    tenantId === null ? [] : [{ tenant_id: tenantId, removed: part.counts, bytes: part.bytes }],
  );
  await inTransaction(pool.ofAll(), async (client) => {
    const isDone = state === "completed" && scope.isDone;
    const values = [id, state, counts, bytes, failure, endedAt, isDone];
    const { rows } = await client.query<{ startedAt: Date }>(endSql, values);
    const [times] = rows;
    if (times === undefined || parts.length === 0) return;
    const ofTenants = [id, task, isDryRun, times.startedAt, endedAt, JSON.stringify(parts), isDone];
    await client.query(tenantSql, ofTenants);
  });
}
