import type { AccountRef } from "@millrace/shared/events/subjects";
import type { SweepingPool } from "@millrace/shared/postgres/create-pool";

/** A watch that is to be set now, by whoever claimed it. */
export interface DueWatch extends AccountRef {
  readonly status: "unset" | "active" | "silent" | "lapsed";
  readonly expiresAt: Date | null;
  /** The credentials that it was set with; 0: with none. */
  readonly credentialsVersion: number;
  readonly attempts: number;
  readonly isFailureTold: boolean;
  /** Up to where the account's copy is complete. */
  readonly watermark: string | null;
}

/** A claim whose holder died is due again after this. */
const claimSeconds = 120;
/** Newer credentials wait for what is due so soon by itself; so two copies do not claim the same account for them. */
const soonSeconds = 180;

/**
 * Due are accounts that have no watch yet, those whose time has come, and those that were connected with other
 * credentials since; not those that refuse us. The claim is the update: of two copies that find the same account, the
 * second one finds it not due any more.
 */
const claimSql = `
  with due as (
    select a.id, a.tenant_id, a.credentials_version
    from accounts a left join watches w on w.account_id = a.id
    where a.removing_at is null and (w.account_id is null or w.due_at <= now()
        or w.credentials_version < a.credentials_version and w.due_at > now() + make_interval(secs => $3))
      and not exists (
        select from account_states s where s.account_id = a.id and s.status = 'reauth_required'
      )
    order by w.due_at nulls first
    limit $1
  ),
  claimed as (
    insert into watches (account_id, tenant_id, credentials_version, due_at)
    select id, tenant_id, 0, now() + make_interval(secs => $2) from due
    on conflict (account_id) do update set due_at = excluded.due_at
      where watches.due_at <= now() or watches.due_at > now() + make_interval(secs => $3)
    returning *
  )
  select c.tenant_id as "tenantId", c.account_id as "accountId", c.status, c.expires_at as "expiresAt",
    c.credentials_version as "credentialsVersion", c.attempts, c.failure_told as "isFailureTold", s.watermark
  from claimed c left join account_states s on s.account_id = c.account_id`;

export async function claimDueWatches(pool: SweepingPool, max: number): Promise<readonly DueWatch[]> {
  const { rows } = await pool.ofAll().query<DueWatch>(claimSql, [max, claimSeconds, soonSeconds]);
  return rows;
}
