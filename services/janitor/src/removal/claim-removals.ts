import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Pool, SweepingPool } from "@millrace/shared/postgres/create-pool";
import type { FarewellOutcome } from "./decide-farewell.ts";
import { firstStepAgain, type RemovalPlace } from "./removal-steps.ts";

const accountsPerRun = 100;
/** A turn is claimed for so long; whoever works on it moves that ahead. */
export const claimSeconds = 30;

/**
 * Accounts that the views have as leaving and that nobody is at: their removal was asked for, or a database that was
 * restored from an older backup has them again. That they are leaving is marked where everything else looks first, and
 * nothing of them is due any more.
 */
const noteSql = `
  with leaving as (
    select s.account_id, s.tenant_id, s.status, e.fact #>> '{course,removal,requestedAt}' as requested_at,
      e.fact #>> '{course,removal,requestId}' as request_id
    from account_states s join events e on e.epoch = s.epoch and e.seq = s.seq
    where s.status in ('removing', 'removed')
      and (s.status = 'removing' or exists (select from accounts a where a.id = s.account_id))
      and not exists (select from account_removals r where r.account_id = s.account_id)
    limit ${accountsPerRun}
  ),
  marked as (
    update accounts a set removing_at = coalesce(a.removing_at, l.requested_at::timestamptz),
      removing_by = coalesce(a.removing_by, l.request_id)
    from leaving l where a.id = l.account_id and a.tenant_id = l.tenant_id
  ),
  unplanned as (
    delete from schedules p using leaving l where p.account_id = l.account_id and p.tenant_id = l.tenant_id
  ),
  unwatched as (
    delete from watches w using leaving l where w.account_id = l.account_id and w.tenant_id = l.tenant_id
  )
  insert into account_removals (account_id, tenant_id, requested_at, request_id, step, has_watch)
  select account_id, tenant_id, requested_at::timestamptz, request_id,
    case status when 'removing' then 'watch' else '${firstStepAgain}' end,
    exists (select from watches w where w.account_id = l.account_id and w.expires_at is not null)
  from leaving l
  on conflict (account_id) do nothing`;

const failedWaitSeconds = 10;

/** @returns how many were found */
export async function noteLeaving(pool: SweepingPool): Promise<number> {
  return (await pool.ofAll().query(noteSql)).rowCount ?? 0;
}

/** As above, of all that were removed: for a log that may have facts of them again. */
const sweepSql = `
  insert into account_removals (account_id, tenant_id, requested_at, request_id, step, is_sweep, has_watch)
  select s.account_id, s.tenant_id, (e.fact #>> '{course,removal,requestedAt}')::timestamptz,
    e.fact #>> '{course,removal,requestId}', 'blobs', true, false
  from account_states s join events e on e.epoch = s.epoch and e.seq = s.seq
  where s.status = 'removed'
  on conflict (account_id) do nothing`;

/** The log is another one: accounts that were removed are looked through once more. @returns how many */
export async function sweepRemoved(pool: SweepingPool): Promise<number> {
  return (await pool.ofAll().query(sweepSql)).rowCount ?? 0;
}

/** A removal that is at hand. */
export interface Removal extends RemovalPlace {
  readonly ref: AccountRef;
  readonly requestedAt: Date;
  readonly requestId: string;
  readonly hasWatch: boolean;
  readonly watch: FarewellOutcome | null;
  readonly consent: FarewellOutcome | null;
  readonly attempts: number;
}

const columns = `
  account_id as "accountId", tenant_id as "tenantId", step, is_sweep as "isSweep", requested_at as "requestedAt",
  request_id as "requestId", has_watch as "hasWatch", watch, consent, attempts`;

const claimSql = `
  update account_removals set due_at = now() + make_interval(secs => ${claimSeconds})
  where account_id = (
    select account_id from account_removals where due_at <= now() order by due_at limit 1 for update skip locked
  )
  returning ${columns}`;

type Row = Omit<Removal, "ref"> & AccountRef;

/** The one that has waited longest; null when none is due. What another janitor has claimed is not. */
export async function claimRemoval(pool: SweepingPool): Promise<Removal | null> {
  return removalOf((await pool.ofAll().query<Row>(claimSql)).rows[0]);
}

/** What is written when a removal moves; what is absent stays. */
export interface RemovalChange extends RemovalPlace {
  readonly watch?: FarewellOutcome;
  readonly consent?: FarewellOutcome;
  /** When it goes on; absent: at once. */
  readonly dueAtMs?: number;
}

/** Only from the step that was done: of two that did it, one moves it. */
const moveSql = `
  update account_removals set step = $5, is_sweep = $6, watch = coalesce($7, watch), consent = coalesce($8, consent),
    attempts = 0, failure = null, due_at = coalesce($9, now() + make_interval(secs => ${claimSeconds}))
  where tenant_id = $1 and account_id = $2 and step = $3 and is_sweep = $4
  returning ${columns}`;

/** @returns the removal at its next step; null when somebody else has moved it */
export async function moveRemoval(
  pool: Pool,
  { ref, step, isSweep }: Removal,
  to: RemovalChange,
): Promise<Removal | null> {
  const values = [
    ...[ref.tenantId, ref.accountId, step, isSweep, to.step, to.isSweep],
    ...[to.watch ?? null, to.consent ?? null],
    to.dueAtMs === undefined ? null : new Date(to.dueAtMs),
  ];
  return removalOf((await pool.of(ref.tenantId).query<Row>(moveSql, values)).rows[0]);
}

const deferSql = `
  update account_removals set due_at = $5, attempts = attempts + $6,
    failure = case when $7::text is null then failure else jsonb_build_object('message', $7::text, 'at', to_jsonb(now())) end
  where tenant_id = $1 and account_id = $2 and step = $3 and is_sweep = $4`;

/** @param message why an attempt came to nothing; null: it only has to wait */
export async function deferRemoval(
  pool: Pool,
  { ref, step, isSweep }: Removal,
  dueAtMs: number,
  message: string | null,
): Promise<void> {
  const counted = message === null ? 0 : 1;
  const place = [ref.tenantId, ref.accountId, step, isSweep];
  await pool
    .of(ref.tenantId)
    .query(deferSql, [...place, new Date(dueAtMs), counted, message?.slice(0, 500) ?? null]);
}

const failSql = `
  update account_removals set due_at = now() + make_interval(secs => ${failedWaitSeconds}),
    failure = jsonb_build_object('message', $3::text, 'at', to_jsonb(now()))
  where tenant_id = $1 and account_id = $2`;

/** A turn has failed: something that it needs is away. */
export async function noteFailedTurn(
  pool: Pool,
  { tenantId, accountId }: AccountRef,
  message: string,
): Promise<void> {
  await pool.of(tenantId).query(failSql, [tenantId, accountId, message.slice(0, 500)]);
}

const endSql = `delete from account_removals where tenant_id = $1 and account_id = $2 and step = $3 and is_sweep = $4`;

/** Nothing is left to do. */
export async function endRemoval(pool: Pool, { ref, step, isSweep }: Removal): Promise<void> {
  await pool.of(ref.tenantId).query(endSql, [ref.tenantId, ref.accountId, step, isSweep]);
}

function removalOf(row: Row | undefined): Removal | null {
  if (row === undefined) return null;
  const { tenantId, accountId, ...removal } = row;
  return { ...removal, ref: { tenantId, accountId } };
}
