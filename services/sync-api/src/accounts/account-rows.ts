import { defaultSchedule } from "@millrace/shared/schedules/schedule";
import type { Account } from "../resources/account.ts";
import { isoOf, isoOrNull } from "../resources/time.ts";

/** Of an account `a` with its state `s`. */
export const accountStatusSql = `
  case when a.removing_at is not null or s.status = 'removed' then 'removing' else coalesce(s.status, 'connected') end`;

/** Since when the provider has told nothing by a watch `w`, although it should have; null: it does, or was not asked to yet. */
export const watchLapsedSql = `
  case
    when w.expires_at <= now() then w.expires_at
    when w.status = 'silent' then coalesce(w.notified_at, w.renewed_at)
  end`;

export const accountColumns = `
  a.id, a.provider, a.email, a.content, a.attachments, a.created_at as "createdAt", s.watermark,
  ${accountStatusSql} as status, s.status_since as "statusSince", s.status_message as "statusMessage",
  s.active_sync_id as "activeSyncId", s.last_sync_id as "lastSyncId", s.last_synced_at as "lastSyncedAt",
  a.consent_ends_at as "consentEndsAt", a.held_at as "heldAt", a.held_reason as "heldReason", p.schedule, p.next_run_at as "nextRunAt", p.last_run_at as "lastRunAt",
  w.account_id is not null as "isWatched", w.expires_at as "watchExpiresAt",
  ${watchLapsedSql} as "watchLapsedSince", turn.due_at as "verifyAt", compared.*`;
export const accountTables = `accounts a left join account_states s on s.account_id = a.id
  left join schedules p on p.account_id = a.id
  left join watches w on w.account_id = a.id
  left join verification_turns turn on turn.account_id = a.id
  left join lateral (
    select v.id as "verificationId", v.ended_at as "verifiedAt", v.drifts_in_row as "driftsInRow",
      (v.missing + v.extra + v.changed)::float8 as differences
    from verifications v
    where v.account_id = a.id and v.status = 'completed' and v.sync_id is null
    order by v.ended_at desc limit 1
  ) as compared on true`;

type AccountTime = "createdAt" | "consentEndsAt" | "lastSyncedAt" | "nextRunAt" | "lastRunAt";

export interface AccountRow
  extends Omit<Account, AccountTime | "reauth" | "schedule" | "watch" | "hold" | "verification"> {
  readonly createdAt: Date;
  readonly consentEndsAt: Date | null;
  readonly lastSyncedAt: Date | null;
  readonly schedule: Account["schedule"] | null;
  readonly nextRunAt: Date | null;
  readonly lastRunAt: Date | null;
  readonly statusSince: Date | null;
  readonly statusMessage: string | null;
  readonly heldAt: Date | null;
  readonly heldReason: string | null;
  readonly isWatched: boolean;
  readonly watchExpiresAt: Date | null;
  readonly watchLapsedSince: Date | null;
  readonly verifyAt: Date | null;
  readonly verificationId: string | null;
  readonly verifiedAt: Date | null;
  readonly differences: number | null;
  readonly driftsInRow: number | null;
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
    consentEndsAt: isoOrNull(row.consentEndsAt),
    watermark: row.watermark,
    activeSyncId: row.activeSyncId,
    lastSyncId: row.lastSyncId,
    lastSyncedAt: isoOrNull(row.lastSyncedAt),
    schedule: row.schedule ?? defaultSchedule,
    nextRunAt: isoOrNull(row.nextRunAt),
    lastRunAt: isoOrNull(row.lastRunAt),
    watch: watchOf(row),
    hold: row.heldAt === null ? null : { since: isoOf(row.heldAt), reason: row.heldReason ?? "" },
    verification: {
      nextAt: isoOrNull(row.verifyAt),
      lastAt: isoOrNull(row.verifiedAt),
      lastId: row.verificationId,
      differences: row.differences,
      driftsInRow: row.driftsInRow ?? 0,
    },
    createdAt: isoOf(row.createdAt),
  };
}

const watchOf = (row: AccountRow): Account["watch"] =>
  row.isWatched
    ? { expiresAt: isoOrNull(row.watchExpiresAt), lapsedSince: isoOrNull(row.watchLapsedSince) }
    : null;
