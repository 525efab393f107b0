import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { consentSoonDays } from "@millrace/shared/providers/consent-soon-days";
import { overdueTurnsSql } from "../verifications/due-turns-sql.ts";

/** A running sync that has not moved for so long, and waits for no attempt, counts as stalled. */
const stalledSeconds = 600;
/** Watches are renewed every day: one that ends so soon was not. */
const watchEndingSeconds = 2 * 86_400;
const overdueSeconds = 300;
const failingSeconds = 3_600;
const lateScheduleSeconds = 600;
const lateTurnSeconds = 86_400;

/** How the installation stands, over all tenants: counts by name. */
export interface DatabaseStanding {
  readonly syncs: Counts;
  readonly stalled: number;
  /** Messages that nothing explains, of syncs that ended within a day. */
  readonly imbalance: number;
  readonly deadLetters: Counts;
  readonly accounts: Counts;
  readonly watches: Counts;
  readonly watchesEnding: number;
  readonly consentsEnding: number;
  readonly schedulesOverdue: number;
  /** By schedule: running, overdue, failed. */
  readonly verifications: Counts;
  readonly accountsDrifting: number;
  readonly endpointsFailing: number;
  readonly webhooksOverdue: number;
}

type Counts = Readonly<Record<string, number>>;

const countsOf = (rows: string): string =>
  `(select coalesce(jsonb_object_agg(name, n), '{}') from (${rows} group by 1) counted)`;

/**
 * Each part reads what an index keeps short, or one small row an account. It runs twice a minute over all copies.
 * The newest fact of a sync is one step in `events_by_sync`.
 */
const standingSql = `
  select
    ${countsOf("select status as name, count(*) as n from syncs where ended_at is null")} as syncs,
    (select count(*)::int from syncs s
      where s.ended_at is null and s.status = 'running'
        and coalesce((s.trouble ->> 'nextAt')::timestamptz, '-infinity') < now() - make_interval(secs => ${stalledSeconds})
        and coalesce(
          (select e.happened_at from events e where e.sync_id = s.id order by e.epoch desc, e.seq desc limit 1),
          s.created_at
        ) < now() - make_interval(secs => ${stalledSeconds})) as stalled,
    (select coalesce(sum(abs(listed - stored - unchanged - gone - dead_lettered)), 0)::float8 from syncs
      where ended_at > now() - interval '1 day'
        and (status in ('completed', 'partial') or failure ->> 'category' = 'ledger_imbalance')) as imbalance,
    ${countsOf("select state as name, count(*) as n from dead_letters where state in ('open', 'redriving')")} as "deadLetters",
    ${countsOf("select status as name, count(*) as n from account_states where status <> 'removed'")} as accounts,
    ${countsOf("select status as name, count(*) as n from watches")} as watches,
    (select count(*)::int from watches
      where status in ('active', 'silent') and expires_at < now() + make_interval(secs => ${watchEndingSeconds})) as "watchesEnding",
    (select count(*)::int from accounts a left join account_states s on s.account_id = a.id
      where a.consent_ends_at < now() + make_interval(days => ${consentSoonDays})
        and a.removing_at is null and coalesce(s.status, 'connected') = 'connected') as "consentsEnding",
    (select count(*)::int from schedules p join accounts a on a.id = p.account_id
        left join account_states s on s.account_id = p.account_id
      where p.next_run_at < now() - make_interval(secs => ${lateScheduleSeconds})
        and a.removing_at is null and coalesce(s.status, 'connected') = 'connected') as "schedulesOverdue",
    jsonb_build_object(
      'running', (select count(*) from verifications where status = 'running' and trigger = 'schedule'),
      'overdue', (${overdueTurnsSql(lateTurnSeconds)}),
      'failed', (select count(*) from verifications
        where trigger = 'schedule' and status = 'failed' and ended_at > now() - interval '1 day')) as verifications,
    (select count(*)::int from verifications v
      where v.status = 'completed' and v.sync_id is null and v.drifts_in_row >= 2 and not exists (
        select from verifications newer
        where newer.account_id = v.account_id and newer.status = 'completed' and newer.sync_id is null
          and newer.ended_at > v.ended_at)) as "accountsDrifting",
    (select count(*)::int from webhook_endpoints
      where enabled and failing_since < now() - make_interval(secs => ${failingSeconds})) as "endpointsFailing",
    (select count(*)::int from webhook_deliveries d join webhook_endpoints w on w.id = d.endpoint_id
      where d.state = 'pending' and d.due_at < now() - make_interval(secs => ${overdueSeconds})
        and w.enabled and coalesce(w.open_until, '-infinity') < now()) as "webhooksOverdue"`;

/** @throws the driver's errors while the database is away */
export async function readDatabaseStanding(pool: SweepingPool): Promise<DatabaseStanding> {
  const { rows } = await pool.ofAll().query<DatabaseStanding>(standingSql);
  return rows[0] as DatabaseStanding;
}
