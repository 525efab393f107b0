import type { DefaultPeriods, PeriodName } from "@millrace/shared/retention/tenant-periods";
import { accountsNamed } from "./accounts-named.ts";

/** Rows that go when they have had their time, and on which nothing hangs that does not go with them. */
export interface RowRule {
  /** What they are called where removals are counted. */
  readonly kind: string;
  readonly table: string;
  /** The time from which they are kept: its column. */
  readonly since: string;
  /** The rows stay; this column of them is emptied. */
  readonly clears?: string;
  /** Which rows of the table are looked at: of the columns of the row `r` alone, and what its index by that time is about. */
  readonly among?: string;
  /** What else must be so, of the row `r`. */
  readonly where?: string;
  /** For how long, in days, where the tenant has no period of its own, or the row has no tenant. */
  readonly days: number;
  /** The tenant's own. */
  readonly period: PeriodName;
  /** Whose they are, of the row `r`: an expression for the id of an account. What is of one that is held stays. */
  readonly account?: string;
  /** The same where they may be of several: an expression for ids, as `text[]`. */
  readonly accounts?: string;
  /** Nobody changes them, so they need not be locked before they go. */
  readonly isNeverChanged?: boolean;
  /** Of mail that goes with a row, in bytes: an expression over its columns. */
  readonly bytes?: string;
  /** What one statement removes; fewer where others go with each. */
  readonly rowsMax?: number;
}

const ofAccount = "r.account_id";
const ofNoSync = "r.sync_id is null";

/** Work that was read before a message was gone is over within minutes. */
export const traceRules = (days: number): readonly RowRule[] => [
  {
    kind: "tombstones",
    table: "tombstones",
    since: "buried_at",
    days,
    period: "tracesDays",
    account: ofAccount,
  },
  {
    kind: "labels",
    table: "removed_labels",
    since: "removed_at",
    // One that no look at the mailbox has settled stays doubted.
    where: "r.relieved_at >= r.removed_at + interval '1 hour'",
    days,
    period: "tracesDays",
    account: ofAccount,
  },
];

/**
 * The bytes of messages that were set aside, which no dead letter names: it was forgotten, or their chunk was never settled.
 * Who keeps them anew says when.
 */
export const letterContentRule = (days: number): RowRule => ({
  kind: "letterContents",
  table: "dead_letter_contents",
  since: "kept_at",
  where: `not exists (
        select from dead_letters l where l.account_id = r.account_id and l.provider_id = r.provider_id)`,
  days,
  period: "deadLettersDays",
  account: ofAccount,
  bytes: "octet_length(raw)",
  rowsMax: 200,
});

/** Requests that became no sync. Those of syncs go with them; until then their key is remembered. */
export const requestRule = (days: number): RowRule => ({
  kind: "requests",
  table: "sync_requests",
  since: "created_at",
  where: "not exists (select from syncs s where s.id = r.sync_id)",
  days,
  period: "finishedSyncsDays",
  account: ofAccount,
});

/** The request itself goes with its sync. From then on its key may name another one. */
export const idempotencyRule = (days: number): RowRule => ({
  kind: "idempotencyKeys",
  table: "sync_requests",
  since: "created_at",
  clears: "idempotency_key",
  among: "r.idempotency_key is not null",
  days,
  period: "idempotencyKeysDays",
  account: ofAccount,
});

/**
 * Those of syncs go with them, if they are not older; findings go with them. The newest of an account says how it stands,
 * however old it is.
 */
export const verificationRule = (days: number): RowRule => ({
  kind: "verifications",
  table: "verifications",
  since: "ended_at",
  where: `exists (
        select from verifications newer
        where newer.account_id = r.account_id and newer.status = 'completed' and newer.sync_id is null
          and newer.ended_at > r.ended_at)`,
  days,
  period: "verificationsDays",
  account: ofAccount,
  rowsMax: 50,
});

/** Facts about accounts that belong to no sync. */
export const noteRules = ({
  auditDays,
  accountStatesDays,
}: Pick<DefaultPeriods, "auditDays" | "accountStatesDays">): readonly RowRule[] => [
  {
    kind: "notes",
    table: "events",
    since: "happened_at",
    among: ofNoSync,
    // What is forgotten must stay so while older facts of the account are there, which may name it.
    where: `not r.fact ? 'course'
      and (r.type <> 'syncs.forgotten' or not exists (
        select from events e
        where e.account_id = r.account_id and (e.epoch, e.seq) < (r.epoch, r.seq) and e.fact ? 'course'))`,
    days: auditDays,
    period: "auditDays",
    account: ofAccount,
    isNeverChanged: true,
  },
  {
    kind: "notes",
    table: "events",
    since: "happened_at",
    among: ofNoSync,
    // The newest says how the account stands; a sync that was there then has its pauses from it.
    where: `r.fact ? 'course' and r.fact #>> '{course,removal}' is null
      and exists (
        select from account_states a
        where a.account_id = r.account_id and (a.epoch, a.seq) > (r.epoch, r.seq))
      and not exists (
        select from syncs s
        where s.account_id = r.account_id and s.created_at <= r.happened_at
          and (s.ended_at is null or s.ended_at >= r.happened_at))`,
    days: accountStatesDays,
    period: "accountStatesDays",
    account: ofAccount,
    isNeverChanged: true,
  },
];

/** Of an account that is held also what was asked for it, and for what is its, stays: who holds it, and why, is there. */
export const auditRule = (days: number): RowRule => ({
  kind: "auditEntries",
  table: "audit_entries",
  since: "at",
  days,
  period: "auditDays",
  accounts: accountsNamed,
});

/** One that is still tried stays, and is given up in its time. */
export const deliveryRule = (days: number): RowRule => ({
  kind: "webhooks",
  table: "webhook_deliveries",
  since: "created_at",
  where: "r.state <> 'pending'",
  days,
  period: "webhookDeliveriesDays",
  account: ofAccount,
});

/** They bear addresses of people and of pages. Who made one asks what came of it within a day after it has expired. */
export const linkRule = (days: number): RowRule => ({
  kind: "connectLinks",
  table: "connect_links",
  since: "expires_at",
  days,
  period: "connectLinksDays",
  // The one that it was to connect again, and the one that it has connected.
  accounts: "array[r.target_account_id, r.account_id]",
  rowsMax: 1_000,
});

/** Those of schedules are no tenant's; what they have removed of one is. */
export const runRules = (days: number): readonly RowRule[] => [
  {
    kind: "retentionRuns",
    table: "retention_runs",
    since: "requested_at",
    where: "r.state not in ('requested', 'running')",
    days,
    period: "retentionRunsDays",
  },
  {
    kind: "retentionRuns",
    table: "retention_run_tenants",
    since: "ended_at",
    days,
    period: "retentionRunsDays",
    isNeverChanged: true,
  },
];
