import type { PeriodName } from "@millrace/shared/retention/tenant-periods";

/** Rows that go when they have had their time, and on which nothing hangs that does not go with them. */
export interface RowRule {
  /** What they are called where removals are counted. */
  readonly kind: string;
  readonly table: string;
  /** The time from which they are kept: its column. */
  readonly since: string;
  /** It counts minutes since 1970. */
  readonly isMinutes?: boolean;
  /** The rows stay; this column of them is emptied. */
  readonly clears?: string;
  /** What else must be so, of the row `r`. */
  readonly where?: string;
  /** For how long, in days, where the tenant has no period of its own. */
  readonly days: number;
  /** The tenant's own. */
  readonly period?: PeriodName;
  /** Rows of accounts: those of one that is held stay. */
  readonly isOfAccount?: boolean;
  /** Nobody changes them, so they need not be locked before they go. */
  readonly isNeverChanged?: boolean;
  /** Of mail that goes with a row, in bytes: an expression over its columns. */
  readonly bytes?: string;
  /** What one statement removes; fewer where others go with each. */
  readonly rowsMax?: number;
}

/** $1 now, $2 days where the tenant says nothing, $3 one tenant or null, $4 the shortest of all periods. */
function dueRows({
  table,
  since,
  isMinutes = false,
  where = "true",
  period,
  isOfAccount = false,
}: RowRule): string {
  const ownDays =
    period === undefined ? "$2::integer" : `coalesce((t.retention ->> '${period}')::integer, $2::integer)`;
  const ago = (days: string): string => {
    const time = `$1::timestamptz - make_interval(days => ${days})`;
    return isMinutes ? `floor(extract(epoch from ${time}) / 60)` : `(${time})`;
  };
  const isHeld = `exists (select from accounts a where a.id = r.account_id and a.held_at is not null)`;
  return `
    from ${table} r left join tenants t on t.id = r.tenant_id
    where r.${since} < ${ago("$4::integer")} and r.${since} < ${ago(ownDays)}
      and ($3::text is null or r.tenant_id = $3)
      and ${isOfAccount ? `not ${isHeld}` : "true"}
      and (${where})`;
}

/** How many rows a rule finds, by tenant. */
export const countSql = (rule: RowRule): string => `
  select tenant_id as "tenantId", count(*)::float8 as count, sum(bytes)::float8 as bytes
  from (select r.tenant_id, ${bytesOf(rule)} as bytes ${dueRows(rule)}) as due
  group by tenant_id`;

const bytesOf = ({ bytes = "0" }: RowRule): string => bytes;

/** Removes up to so many of the rows that a rule finds, and counts them by tenant; the oldest first. */
export const removeSql = (rule: RowRule, max: number): string => `
  with gone as (
    ${rule.clears === undefined ? `delete from ${rule.table}` : `update ${rule.table} set ${rule.clears} = null`} where ctid = any(array(
      select r.ctid ${dueRows(rule)} order by r.${rule.since} limit ${max} ${rule.isNeverChanged ? "" : "for update of r skip locked"}
    ))
    returning tenant_id, ${bytesOf(rule)} as bytes
  )
  select tenant_id as "tenantId", count(*)::float8 as count, sum(bytes)::float8 as bytes from gone group by tenant_id`;

/** Work that was read before a message was gone is over long before. */
const tracesDays = 7;
/** A log that is restored from an older copy tells of these once more. */
const courseDays = 40;
const runsDays = 90;
const verificationsDays = 90;

export const traceRules: readonly RowRule[] = [
  { kind: "tombstones", table: "tombstones", since: "buried_at", days: tracesDays, isOfAccount: true },
  {
    kind: "labels",
    table: "removed_labels",
    since: "removed_at",
    // One that no look at the mailbox has settled stays doubted.
    where: "r.relieved_at >= r.removed_at + interval '1 hour'",
    days: tracesDays,
    isOfAccount: true,
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
  isOfAccount: true,
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
  isOfAccount: true,
});

/** The request itself goes with its sync. From then on its key may name another one. */
export const idempotencyRule = (days: number): RowRule => ({
  kind: "idempotencyKeys",
  table: "sync_requests",
  since: "created_at",
  clears: "idempotency_key",
  where: "r.idempotency_key is not null",
  days,
  period: "idempotencyKeysDays",
  isOfAccount: true,
});

/**
 * Those of syncs go with them, if they are not older; findings go with them. The newest of an account says how it stands,
 * however old it is.
 */
export const verificationRule: RowRule = {
  kind: "verifications",
  table: "verifications",
  since: "ended_at",
  where: `exists (
        select from verifications newer
        where newer.account_id = r.account_id and newer.status = 'completed' and newer.sync_id is null
          and newer.ended_at > r.ended_at)`,
  days: verificationsDays,
  isOfAccount: true,
  rowsMax: 50,
};

/** Facts about accounts that belong to no sync. */
export const noteRules = (auditDays: number): readonly RowRule[] => [
  {
    kind: "notes",
    table: "events",
    since: "happened_at",
    // What is forgotten must stay so while older facts of the account are there, which may name it.
    where: `r.sync_id is null and not r.fact ? 'course'
      and (r.type <> 'syncs.forgotten' or not exists (
        select from events e
        where e.account_id = r.account_id and (e.epoch, e.seq) < (r.epoch, r.seq) and e.fact ? 'course'))`,
    days: auditDays,
    period: "auditDays",
    isOfAccount: true,
    isNeverChanged: true,
  },
  {
    kind: "notes",
    table: "events",
    since: "happened_at",
    // The newest says how the account stands; a sync that was there then has its pauses from it.
    where: `r.sync_id is null and r.fact ? 'course' and r.fact #>> '{course,removal}' is null
      and exists (
        select from account_states a
        where a.account_id = r.account_id and (a.epoch, a.seq) > (r.epoch, r.seq))
      and not exists (
        select from syncs s
        where s.account_id = r.account_id and s.created_at <= r.happened_at
          and (s.ended_at is null or s.ended_at >= r.happened_at))`,
    days: courseDays,
    isOfAccount: true,
    isNeverChanged: true,
  },
];

export const auditRule = (days: number): RowRule => ({
  kind: "auditEntries",
  table: "audit_entries",
  since: "at",
  days,
  period: "auditDays",
});

/** One that is still tried stays, and is given up in its time. */
export const deliveryRule = (days: number): RowRule => ({
  kind: "webhooks",
  table: "webhook_deliveries",
  since: "created_at",
  where: "r.state <> 'pending'",
  days,
  period: "webhookDeliveriesDays",
});

/** They bear addresses of people and of pages. Who made one asks what came of it within a day after it has expired. */
export const linkRule: RowRule = {
  kind: "connectLinks",
  table: "connect_links",
  since: "expires_at",
  days: 1,
  rowsMax: 1_000,
};

/** Charts show a day; a week can be looked at by hand. */
export const activityRule: RowRule = {
  kind: "activity",
  table: "activity_minutes",
  since: "minute",
  isMinutes: true,
  isNeverChanged: true, // not when it is so old
  days: 8,
};

export const runRules: readonly RowRule[] = [
  {
    kind: "retentionRuns",
    table: "retention_runs",
    since: "requested_at",
    where: "r.state not in ('requested', 'running')",
    days: runsDays,
  },
  {
    kind: "retentionRuns",
    table: "retention_run_tenants",
    since: "ended_at",
    days: runsDays,
    isNeverChanged: true,
  },
];
