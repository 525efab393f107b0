import type { RowRule } from "./row-rules.ts";

/**
 * Removes up to so many of the rows that a rule finds, and counts them by tenant; the oldest first. Accounts of theirs are locked
 * against a hold until the transaction ends, as they are by then and not as the statement first saw them: whoever puts one on hold
 * waits for the end, and from the answer on nothing goes.
 */
export function removeSql(rule: RowRule, max: number): string {
  const { table, since, clears, isNeverChanged } = rule;
  const accounts = accountsOf(rule);
  return `
  with due as materialized (
    select r.ctid as place, ${accounts ?? "null"}::text[] as accounts ${dueRows(rule)}
    order by r.${since} limit ${max} ${isNeverChanged ? "" : "for update of r skip locked"}
  ),
  ${accounts === null ? "" : heldSql}
  gone as (
    ${clears === undefined ? `delete from ${table}` : `update ${table} set ${clears} = null`}
    where ctid = any(array(select place from due ${accounts === null ? "" : "where not accounts && array(select id from held)"}))
    returning tenant_id, ${bytesOf(rule)} as bytes
  )
  select tenant_id as "tenantId", count(*)::float8 as count, sum(bytes)::float8 as bytes from gone group by tenant_id`;
}

/** How many rows a rule finds, by tenant. */
export const countSql = (rule: RowRule): string => `
  select tenant_id as "tenantId", count(*)::float8 as count, sum(bytes)::float8 as bytes
  from (select r.tenant_id, ${bytesOf(rule)} as bytes ${dueRows(rule)}) as due
  group by tenant_id`;

const bytesOf = ({ bytes = "0" }: RowRule): string => bytes;

/** Null: the rows are of no account. */
function accountsOf({ account, accounts }: RowRule): string | null {
  return accounts ?? (account === undefined ? null : `array[${account}]`);
}

/** $1 now, $2 days where the tenant says nothing, $3 one tenant or null, $4 the shortest of all periods. */
function dueRows(rule: RowRule): string {
  const { table, since, where = "true", period } = rule;
  const ownDays = `coalesce((t.retention ->> '${period}')::integer, $2::integer)`;
  const ago = (days: string): string => `($1::timestamptz - make_interval(days => ${days}))`;
  return `
    from ${table} r left join tenants t on t.id = r.tenant_id
    where r.${since} < ${ago("$4::integer")} and r.${since} < ${ago(ownDays)}
      and ($3::text is null or r.tenant_id = $3)
      and not (${isHeldOf(rule)})
      and (${where})`;
}

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
