import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import type { NotifiedAccount } from "./decide-notification.ts";

/** More tenants than this have no mailbox in common. */
const accountsMax = 1_000;

/** Notes that the watches work, at most every ten seconds: a storm of notifications writes nothing. */
export const notifiedSql = `
  with found as (
    select id, tenant_id from mailboxes
    where provider = 'gmail' and mailbox_key(email) = mailbox_key($1) and removing_at is null
    order by id limit ${accountsMax}
  ),
  noted as (
    update watches w
    set notified_at = $2, status = case when w.status = 'silent' then 'active' else w.status end
    from found where w.account_id = found.id
      and (w.notified_at is null or w.notified_at < $2::timestamptz - interval '10 seconds' or w.status = 'silent')
  )
  select found.tenant_id as "tenantId", found.id as "accountId", s.watermark,
    coalesce(s.status, 'connected') as status, s.active_sync_id is not null as "isSyncing"
  from found left join account_states s on s.account_id = found.id`;

/** The accounts of all tenants that have this mailbox, however its address is written. */
export async function findNotifiedAccounts(
  pool: SweepingPool,
  email: string,
  now: Date,
): Promise<readonly NotifiedAccount[]> {
  const { rows } = await pool.ofAll().query<NotifiedAccount>({
    name: "find-notified-accounts",
    text: notifiedSql,
    values: [email, now],
  });
  return rows;
}
