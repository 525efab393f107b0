import { newId } from "@millrace/shared/events/identifiers";
import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { inTransaction } from "@millrace/shared/postgres/in-transaction";
import { type RetentionTaskName, retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import type { ScheduleStanding } from "./is-run-due.ts";
import type { Removed, RetentionScope } from "./retention-scope.ts";

/** A run as its row has it. */
export interface RetentionRun {
  readonly id: string;
  readonly task: RetentionTaskName;
  readonly tenantId: string | null;
  readonly isDryRun: boolean;
  /** False: its schedule is why it is there. */
  readonly isAsked: boolean;
  readonly startedAt: Date;
}

const columns = `id, task, tenant_id as "tenantId", dry_run as "isDryRun", asked_by is not null as "isAsked",
  started_at as "startedAt"`;

/**
 * One that was under way when its process went is gone on with: what it has removed it does not find again, and knows of. Then
 * come tenants in turn, by their ids, and an operator as one of them: whoever asks for much waits between each two of his.
 */
const takeSql = `
  update retention_runs set state = 'running', started_at = coalesce(started_at, $1)
  where id = (
    select id from retention_runs where state in ('requested', 'running')
    order by state = 'requested', coalesce(tenant_id, '') <= $2, coalesce(tenant_id, ''), requested_at, id
    limit 1
  )
  returning ${columns}`;

/**
 * The run that is next of those that wait; null when nobody waits. For whoever holds retention's lock.
 *
 * @param after whose run was taken before; null: an operator's, or none was
 */
export async function takeRun(
  pool: SweepingPool,
  now: Date,
  after: string | null,
): Promise<RetentionRun | null> {
  return (await pool.ofAll().query<RetentionRun>(takeSql, [now, after ?? ""])).rows[0] ?? null;
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

const reachedSql = `
  select resume_after as "resumeAfter" from retention_runs
  where task = $1 and not dry_run and tenant_id is null and state in ('completed', 'stopped')
  order by ended_at desc limit 1`;

/** Where a run goes on that the one before it did not end; null: at the beginning, as one does that somebody asks for. */
export async function readResumePoint(
  pool: SweepingPool,
  { task, isDryRun, isAsked }: RetentionRun,
): Promise<string | null> {
  if (isDryRun || isAsked) return null;
  const { rows } = await pool.ofAll().query<{ resumeAfter: string | null }>(reachedSql, [task]);
  return rows[0]?.resumeAfter ?? null;
}

/** More failures than these make no difference to when the next run comes. */
const failuresThatCount = 16;

/** A run that ended later than this was dated by a clock that was wrong, and says nothing. $3 now */
const believed = "r.ended_at <= $3::timestamptz + interval '5 minutes'";

const standingSql = `
  select known.task, extract(epoch from last.ended_at)::float8 * 1000 as "completedMs",
    extract(epoch from through.ended_at)::float8 * 1000 as "throughMs",
    coalesce(last.done, true) and not exists (
      select from retention_runs r
      where r.task = known.task and r.asked_by is not null and not r.dry_run and not r.done and r.state in ('completed', 'stopped')
        and r.ended_at > last.ended_at
    ) as "isDone",
    failed.count::integer as failures, extract(epoch from failed.ended_at)::float8 * 1000 as "failedMs"
  from unnest($1::text[]) as known (task)
  left join lateral (
    select ended_at, done from retention_runs r
    where r.task = known.task and r.asked_by is null and ${believed} and r.state = 'completed'
    order by r.ended_at desc limit 1
  ) as last on true
  left join lateral (
    select ended_at from retention_runs r
    where r.task = known.task and r.asked_by is null and ${believed} and r.state = 'completed' and r.done
    order by r.ended_at desc limit 1
  ) as through on true
  cross join lateral (
    select count(*) as count, max(ended_at) as ended_at from (
      select ended_at from retention_runs r
      where r.task = known.task and r.asked_by is null and ${believed} and r.state = 'failed'
        and r.ended_at >= coalesce(last.ended_at, '-infinity')
      order by r.ended_at desc limit $2
    ) as newest
  ) as failed`;

export interface TaskRuns extends ScheduleStanding {
  /** When a run was last through by which nothing was left over, in milliseconds since 1970; null: none was. */
  readonly throughMs: number | null;
}

/** How the schedule of each task stands. @param failuresMax more than that are as many */
export async function readStandings(
  pool: SweepingPool,
  now: Date,
  failuresMax = failuresThatCount,
): Promise<ReadonlyMap<RetentionTaskName, TaskRuns>> {
  const values = [retentionTaskNames, failuresMax, now];
  const { rows } = await pool.ofAll().query<TaskRuns & { task: RetentionTaskName }>(standingSql, values);
  return new Map(rows.map((row) => [row.task, row]));
}

const earlierSql = `
  select tenant_id as "tenantId", removed as counts, bytes::float8 as bytes from retention_run_tenants where run_id = $1
  union all
  select '', removed, bytes::float8 from retention_runs where id = $1`;

/** What a run has removed so far, by tenant; null: nobody's, or several tenants' together. Of whom nothing was, nothing is said. */
export async function readRemoved(
  pool: SweepingPool,
  { id }: RetentionRun,
): Promise<ReadonlyMap<string | null, Removed>> {
  const { rows } = await pool.ofAll().query<Removed & { tenantId: string }>(earlierSql, [id]);
  const all = rows.find(({ tenantId }) => tenantId === "");
  const ofTenants = rows.filter(({ tenantId }) => tenantId !== "");
  if (all === undefined || Object.keys(all.counts).length === 0) return new Map();
  const rest: [string, number][] = Object.entries(all.counts).map(([kind, count]) => [
    kind,
    ofTenants.reduce((left, { counts }) => left - (counts[kind] ?? 0), count),
  ]);
  const bytes = ofTenants.reduce((left, part) => left - part.bytes, all.bytes);
  const nobodys = { counts: Object.fromEntries(rest.filter(([, count]) => count > 0)), bytes };
  const isNobodys = Object.keys(nobodys.counts).length > 0;
  return new Map<string | null, Removed>([
    ...ofTenants.map(({ tenantId, ...removed }) => [tenantId, removed] as const),
    ...(isNobodys ? [[null, nobodys] as const] : []),
  ]);
}

const endSql = `
  update retention_runs set state = $2, ended_at = $6, removed = $3, bytes = $4, failure = $5, done = $7,
    resume_after = $8, told = dry_run or $3::jsonb = '{}'
  where id = $1
  returning started_at as "startedAt"`;

const tenantSql = `
  insert into retention_run_tenants (run_id, tenant_id, task, dry_run, started_at, ended_at, removed, bytes, done, by_operator)
  select $1, part.tenant_id, $2, $3, $4, $5, part.removed, part.bytes, $7, $8
  from jsonb_to_recordset($6::jsonb) as part (tenant_id text, removed jsonb, bytes bigint)
  on conflict (run_id, tenant_id) do update set started_at = excluded.started_at, ended_at = excluded.ended_at,
    removed = excluded.removed, bytes = excluded.bytes, done = excluded.done,
    by_operator = excluded.by_operator, running = false`;

export interface EndOfRun {
  readonly state: "completed" | "failed" | "stopped";
  readonly failure: string | null;
  readonly endedAt: Date;
}

/** Keeps what came of a run, in all and of each tenant. What it has removed is to be told then (`readUntold`). */
export async function endRun(
  pool: SweepingPool,
  { id, task, isDryRun, isAsked, tenantId }: RetentionRun,
  { state, failure, endedAt }: EndOfRun,
  scope: RetentionScope,
): Promise<void> {
  const { counts, bytes } = scope.removed();
  const parts = [...scope.removedByTenant()].flatMap(([whose, part]) =>
    whose === null ? [] : [{ tenant_id: whose, removed: part.counts, bytes: part.bytes }],
  );
  await inTransaction(pool.ofAll(), async (client) => {
    const isDone = state === "completed" && scope.isDone;
    const values = [id, state, counts, bytes, failure, endedAt, isDone, scope.leftAfter];
    const { rows } = await client.query<{ startedAt: Date }>(endSql, values);
    const [times] = rows;
    if (times === undefined || parts.length === 0) return;
    const isOperators = isAsked && tenantId === null;
    const ofTenants = [
      id,
      task,
      isDryRun,
      times.startedAt,
      endedAt,
      JSON.stringify(parts),
      isDone,
      isOperators,
    ];
    await client.query(tenantSql, ofTenants);
  });
}

export interface EndedRun extends RetentionRun {
  readonly endedAt: Date;
}

/** There is hardly ever more than one: it is told as soon as it has ended. */
const untoldMax = 100;

const untoldSql = `
  select ${columns}, ended_at as "endedAt" from retention_runs where not told order by id limit ${untoldMax}`;

/** Runs that have ended and have removed something, of which the log does not know yet. */
export async function readUntold(pool: SweepingPool): Promise<readonly EndedRun[]> {
  return (await pool.ofAll().query<EndedRun>(untoldSql)).rows;
}

const toldSql = "update retention_runs set told = true where id = $1";

/** The log has what a run has removed. */
export async function noteTold(pool: SweepingPool, { id }: EndedRun): Promise<void> {
  await pool.ofAll().query(toldSql, [id]);
}
