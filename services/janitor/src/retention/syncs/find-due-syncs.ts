import type { SweepingPool } from "@millrace/shared/postgres/create-pool";

/** How long syncs are kept after their end where their tenant says nothing else, in days. */
export interface SyncPeriods {
  /** Completed, partial, cancelled and coalesced ones. */
  readonly finishedDays: number;
  readonly failedDays: number;
}

export interface DueSync {
  readonly syncId: string;
  readonly tenantId: string;
  readonly accountId: string;
  /** When the last of its facts happened. */
  readonly lastAt: Date;
}

/** What one look gives: they are forgotten before the next one, which is at the same accounts. */
export const syncsMax = 2_000;
/** One look at syncs is at those of so many accounts. */
const accountsMax = 200;

const accountsSql = `
  select id from accounts
  where id > $1 and ($2::text is null or tenant_id = $2) and held_at is null and removing_at is null
  order by id limit ${accountsMax}`;

/** The accounts whose syncs may go, so many at a time, in the order of their ids. @param after null: from the first one on */
export async function* pagesOfAccounts(
  pool: SweepingPool,
  tenantId: string | null,
  after: string | null,
): AsyncGenerator<readonly string[]> {
  for (let last = after ?? ""; ; ) {
    const { rows } = await pool.ofAll().query<{ id: string }>(accountsSql, [last, tenantId]);
    if (rows.length > 0) yield rows.map(({ id }) => id);
    if (rows.length < accountsMax) return;
    last = rows.at(-1)?.id ?? "";
  }
}

/** Who ended before this has had its time: of a sync of the tenant `t`. $1 now, $2 and $3 days where the tenant says nothing. */
const keptUntil = (sync: string): string => `
  $1::timestamptz - make_interval(days => coalesce(
    (t.retention ->> case when ${sync}.status = 'failed' then 'failedSyncsDays' else 'finishedSyncsDays' end)::integer,
    case when ${sync}.status = 'failed' then $3::integer else $2::integer end))`;

/**
 * Kept all the same are: the newest completed sync of an account, which its state names; what its state stands on; one with
 * dead letters that somebody may still want; one that overlaps with a sync of the account which is kept and which had
 * pauses, because its facts say how long those were; one that an hour ago was still told of, as far as the projection knows;
 * and everything of an account that is held, or leaves.
 */
const dueSql = `
  with told as (
    select e.happened_at - interval '1 hour' as until
    from checkpoints c join events e on e.epoch = c.epoch and e.id = c.event_id
    where c.name = 'projector'
    limit 1
  )
  select s.id as "syncId", s.tenant_id as "tenantId", s.account_id as "accountId", last.happened_at as "lastAt"
  from syncs s
  join tenants t on t.id = s.tenant_id
  join accounts a on a.id = s.account_id and a.held_at is null and a.removing_at is null
  join account_states state on state.account_id = s.account_id
  cross join told
  cross join lateral (select max(e.happened_at) as happened_at from events e where e.sync_id = s.id) as last
  where s.account_id = any($4)
    and s.ended_at < ${keptUntil("s")} and last.happened_at < told.until
    and s.id is distinct from state.last_sync_id and s.id is distinct from state.active_sync_id
    and not exists (
      select from events e where e.epoch = state.epoch and e.seq = state.seq and e.sync_id = s.id)
    and not exists (
      select from dead_letters l where l.sync_id = s.id and l.state in ('open', 'redriving'))
    and not exists (
      select from syncs o
      where o.account_id = s.account_id and o.id <> s.id and o.created_at <= s.ended_at
        and (o.ended_at is null
          or (o.paused_ms > 0 and o.ended_at >= s.created_at and o.ended_at >= ${keptUntil("o")})))`;

/** Syncs of some accounts that had ended long enough before a time, those of an account together; 2,000 at most. */
export async function findDueSyncs(
  pool: SweepingPool,
  now: Date,
  { finishedDays, failedDays }: SyncPeriods,
  accountIds: readonly string[],
): Promise<readonly DueSync[]> {
  const sql = `${dueSql} order by s.account_id, s.ended_at limit ${syncsMax}`;
  const { rows } = await pool.ofAll().query<DueSync>(sql, [now, finishedDays, failedDays, accountIds]);
  return rows;
}

const countSql = `
  select "tenantId", count(*)::integer as count from (${dueSql}) as due group by "tenantId"`;

/** How many of them there are in all, by tenant. */
export async function countDueSyncs(
  pool: SweepingPool,
  now: Date,
  { finishedDays, failedDays }: SyncPeriods,
  accountIds: readonly string[],
): Promise<readonly { readonly tenantId: string; readonly count: number }[]> {
  const values = [now, finishedDays, failedDays, accountIds];
  return (await pool.ofAll().query<{ tenantId: string; count: number }>(countSql, values)).rows;
}
