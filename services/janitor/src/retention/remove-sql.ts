import type { RowRule } from "./row-rules.ts";

/**
 * Where a look at a table goes on, in the order of the times of its rows: after this row. Times as the database writes them, which
 * is exact to the microsecond.
 */
export interface RowPlace {
  readonly since: string;
  /** Among rows of the very same time. */
  readonly place: string;
}

export const beginning: RowPlace = { since: "-infinity", place: "(0,0)" };

/** Where a look was: how many rows it was at, how many of them a rule finds, and the last of both. */
export interface LookedAt<Part> {
  readonly seen: number;
  readonly lastSeen: RowPlace | null;
  readonly due: number;
  readonly lastDue: RowPlace | null;
  /** What was removed, or would be, by tenant. */
  readonly parts: readonly Part[];
}

/** How much one statement looks at, and how much of it it removes at most. */
export interface LookSize {
  readonly rows: number;
  readonly removed: number;
}

/**
 * Looks at the next so many rows that may be due, the oldest first, and removes those that a rule finds, up to so many. It takes
 * no longer for what is kept and lies before them: that was looked at by the statements before. Accounts of theirs are locked
 * against a hold until the transaction ends, as they are by then and not as the statement first saw them: whoever puts one on hold
 * waits for the end, and from the answer on nothing goes.
 */
export function removeSql(rule: RowRule, size: LookSize): string {
  const { table, clears } = rule;
  const accounts = accountsOf(rule);
  const isOfAccounts = accounts !== null;
  return `
  with ${lookSql(rule, size, accounts)},
  ${isOfAccounts ? heldSql : ""}
  gone as (
    ${clears === undefined ? `delete from ${table}` : `update ${table} set ${clears} = null`}
    where ctid = any(array(select place from due ${isOfAccounts ? "where not accounts && array(select id from held)" : ""}))
    returning tenant_id, ${bytesOf(rule)} as bytes
  )
  ${lookedAtSql("gone")}`;
}

/** The same look, which removes nothing. */
export const countSql = (rule: RowRule, size: LookSize): string => `
  with ${lookSql({ ...rule, isNeverChanged: true }, size, null)}
  ${lookedAtSql("due")}`;

const bytesOf = ({ bytes = "0" }: RowRule): string => bytes;

/** Null: the rows are of no account. */
function accountsOf({ account, accounts }: RowRule): string | null {
  return accounts ?? (account === undefined ? null : `array[${account}]`);
}

/**
 * Rows that may be due, and those of them that are. $1 now, $2 days where the tenant says nothing, $3 one tenant or null, $4 the
 * shortest of all periods, $5 and $6 after which row.
 *
 * @param accounts whose they are, to be told; null: nobody asks
 */
function lookSql(rule: RowRule, { rows, removed }: LookSize, accounts: string | null): string {
  const { table, since, among = "true", where = "true", period, isNeverChanged } = rule;
  const ownDays = `coalesce((t.retention ->> '${period}')::integer, $2::integer)`;
  const ago = (days: string): string => `($1::timestamptz - make_interval(days => ${days}))`;
  return `seen as materialized (
    select r.ctid as place, r.${since} as since
    from ${table} r
    where r.${since} < ${ago("$4::integer")} and r.${since} >= $5::timestamptz
      and (r.${since} > $5::timestamptz or r.ctid > $6::tid) and (${among})
    order by r.${since}, r.ctid limit ${rows}
  ),
  due as materialized (
    select r.ctid as place, r.${since} as since, r.tenant_id, ${bytesOf(rule)} as bytes,
      ${accounts ?? "null"}::text[] as accounts
    from ${table} r left join tenants t on t.id = r.tenant_id
    where r.ctid = any(array(select place from seen)) and r.${since} < ${ago(ownDays)} and (${among})
      and ($3::text is null or r.tenant_id = $3)
      and not (${isHeldOf(rule)})
      and (${where})
    order by r.${since}, r.ctid limit ${removed} ${isNeverChanged ? "" : "for update of r skip locked"}
  )`;
}

/** @param parts of what the parts are, the rows that are there or were */
const lookedAtSql = (parts: "due" | "gone"): string => `
  select
    (select count(*)::integer from seen) as seen, ${lastSql("seen")} as "lastSeen",
    (select count(*)::integer from due) as due, ${lastSql("due")} as "lastDue",
    (select coalesce(jsonb_agg(to_jsonb(part)), '[]')
     from (
       select tenant_id as "tenantId", count(*) as count, sum(bytes) as bytes from ${parts} group by tenant_id
     ) as part) as parts`;

const lastSql = (rows: "seen" | "due"): string => `(
      select jsonb_build_object('since', since::text, 'place', place::text) from ${rows}
      order by since desc, place desc limit 1)`;

const heldAccounts = "(select a.id from accounts a where a.held_at is not null)";

/** Whether an account of a row is held. To find all those that a row is about is dear: it is done only where one is held at all. */
function isHeldOf({ account, accounts }: RowRule): string {
  if (accounts !== undefined) return `exists ${heldAccounts} and ${accounts} && array${heldAccounts}`;
  return account === undefined
    ? "false"
    : `exists (select from accounts a where a.id = ${account} and a.held_at is not null)`;
}

const heldSql = `
  locked as materialized (
    select a.id, a.held_at from accounts a where a.id in (select unnest(accounts) from due) order by a.id for share
  ),
  held as (select id from locked where held_at is not null),`;
