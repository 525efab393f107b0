import type { AccountRef } from "@millrace/shared/events/subjects";
import type { PoolClient, SweepingPool } from "@millrace/shared/postgres/create-pool";
import type { Schedule } from "@millrace/shared/schedules/schedule";
import type { DueRun } from "./decide-run.ts";

/** A request that no fact has reached after so long was lost: the next run may ask. */
const lostAfterSeconds = 3_600;

/**
 * Accounts that refuse us stay due, and run once when they are connected again. Rows that another janitor has are
 * passed over. $1 now, $2 how many.
 */
const claimSql = `
  select s.account_id as "accountId", s.tenant_id as "tenantId", s.schedule, s.next_run_at as "plannedAt",
    s.interval_seconds as "intervalSeconds", t.watermark, t.active_sync_id is not null as "isActive",
    t.last_synced_at as "lastSyncedAt", coalesce(w.status = 'active' and w.expires_at > $1, false) as "isPushed",
    s.last_sync_id is not null and case
      when last.id is null then s.last_asked_at > $1::timestamptz - make_interval(secs => ${lostAfterSeconds})
      when last.coalesced_into is not null
        then exists (select from syncs c where c.id = last.coalesced_into and c.ended_at is null)
      else last.ended_at is null
    end as "isPending",
    exists (
      select from syncs f
      where f.account_id = s.account_id and f.mode = 'incremental' and f.listed > 0
        and f.created_at >= coalesce(s.last_run_at, $1::timestamptz - interval '15 minutes')
        and (f.trigger = 'schedule' or w.status is distinct from 'active')
    ) as "foundChanges"
  from schedules s
  left join account_states t on t.account_id = s.account_id
  left join watches w on w.account_id = s.account_id
  left join syncs last on last.id = s.last_sync_id
  where s.next_run_at <= $1 and coalesce(t.status, 'connected') = 'connected'
  order by s.next_run_at
  limit $2
  for no key update of s skip locked`;

interface Row extends AccountRef, Omit<DueRun, "ref" | "plannedMs" | "lastSyncedMs"> {
  readonly schedule: Schedule;
  readonly plannedAt: Date;
  readonly lastSyncedAt: Date | null;
}

/** Holds the rows until the transaction ends: no other janitor gets them. */
export async function claimDueRuns(
  client: PoolClient,
  nowMs: number,
  max: number,
): Promise<readonly DueRun[]> {
  const { rows } = await client.query<Row>({
    name: "claim-due-runs",
    text: claimSql,
    values: [new Date(nowMs), max],
  });
  return rows.map(({ accountId, tenantId, plannedAt, lastSyncedAt, ...run }) => ({
    ...run,
    ref: { tenantId, accountId },
    plannedMs: plannedAt.getTime(),
    lastSyncedMs: lastSyncedAt?.getTime() ?? null,
  }));
}

const nextSql = `
  select min(s.next_run_at) as "nextAt" from schedules s
  where s.next_run_at is not null and not exists (
    select from account_states t where t.account_id = s.account_id and t.status <> 'connected'
  )`;

/** The earliest time at which anything is due, in milliseconds since the epoch; null: nothing is. */
export async function earliestRunMs(pool: SweepingPool): Promise<number | null> {
  const { rows } = await pool.ofAll().query<{ nextAt: Date | null }>(nextSql);
  return rows[0]?.nextAt?.getTime() ?? null;
}
