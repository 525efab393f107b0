import { defaultSchedule } from "@millrace/shared/schedules/schedule";
import type { Account } from "../resources/account.ts";
import { isoOf, isoOrNull } from "../resources/time.ts";

export const accountColumns = `
  a.id, a.provider, a.email, a.content, a.attachments, a.created_at as "createdAt", s.watermark,
  case when a.removing_at is not null or s.status = 'removed' then 'removing' else coalesce(s.status, 'connected') end
    as status, s.status_since as "statusSince", s.status_message as "statusMessage",
  s.active_sync_id as "activeSyncId", s.last_sync_id as "lastSyncId", s.last_synced_at as "lastSyncedAt",
  p.schedule, p.next_run_at as "nextRunAt", p.last_run_at as "lastRunAt"`;
export const accountTables = `accounts a left join account_states s on s.account_id = a.id
  left join schedules p on p.account_id = a.id`;

type AccountTime = "createdAt" | "lastSyncedAt" | "nextRunAt" | "lastRunAt";

export interface AccountRow extends Omit<Account, AccountTime | "reauth" | "schedule"> {
  readonly createdAt: Date;
  readonly lastSyncedAt: Date | null;
  readonly schedule: Account["schedule"] | null;
  readonly nextRunAt: Date | null;
  readonly lastRunAt: Date | null;
  readonly statusSince: Date | null;
  readonly statusMessage: string | null;
}

export function accountOf(row: AccountRow): Account {
  return {
    id: row.id,
    provider: row.provider,
    email: row.email,
    content: row.content,
    attachments: row.attachments,
    status: row.status,
    reauth:
      row.status !== "reauth_required" || row.statusSince === null
        ? null
        : { since: isoOf(row.statusSince), message: row.statusMessage ?? "" },
    watermark: row.watermark,
    activeSyncId: row.activeSyncId,
    lastSyncId: row.lastSyncId,
    lastSyncedAt: isoOrNull(row.lastSyncedAt),
    schedule: row.schedule ?? defaultSchedule,
    nextRunAt: isoOrNull(row.nextRunAt),
    lastRunAt: isoOrNull(row.lastRunAt),
    createdAt: isoOf(row.createdAt),
  };
}
