import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import type { RetentionScope } from "./retention-scope.ts";
import type { RowRule } from "./row-rules.ts";

const rowsMax = 5_000;

interface TenantCount {
  readonly tenantId: string | null;
  readonly count: number;
}

/**
 * Removes the rows of a rule, some at a time, until none is left; rows that somebody holds at that moment stay for the next
 * run. A dry run counts them.
 */
export async function removeRows(pool: SweepingPool, rule: RowRule, scope: RetentionScope): Promise<void> {
  const { kind, days, period } = rule;
  const values = [scope.now, days, scope.tenantId, await shortestDays(pool, period, days)];
  if (scope.isDryRun) {
    const { rows } = await pool.ofAll().query<TenantCount>(countSql(rule), values);
    for (const { tenantId, count } of rows) scope.count(kind, tenantId, count);
    return;
  }
  const max = rule.rowsMax ?? rowsMax;
  const sql = removeSql(rule, max);
  for (;;) {
    const { rows } = await pool.ofAll().query<TenantCount>(sql, values);
    for (const { tenantId, count } of rows) scope.count(kind, tenantId, count);
    await scope.pause();
    if (rows.reduce((sum, { count }) => sum + count, 0) < max) return;
  }
}

const shortestSql = `
  select least($2::integer, min((retention ->> $1)::integer)) as days from tenants where retention ? $1`;

/** No row is due that is younger: so that an index by time is read from its old end. */
async function shortestDays(pool: SweepingPool, period: string | undefined, days: number): Promise<number> {
  if (period === undefined) return days;
  const { rows } = await pool.ofAll().query<{ days: number | null }>(shortestSql, [period, days]);
  return Math.min(days, rows[0]?.days ?? days);
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

const countSql = (rule: RowRule): string =>
  `select r.tenant_id as "tenantId", count(*)::float8 as count ${dueRows(rule)} group by r.tenant_id`;

const removeSql = (rule: RowRule, max: number): string => `
  with gone as (
    delete from ${rule.table} where ctid = any(array(
      select r.ctid ${dueRows(rule)} order by r.${rule.since} limit ${max} ${rule.isNeverChanged ? "" : "for update of r skip locked"}
    ))
    returning tenant_id
  )
  select tenant_id as "tenantId", count(*)::float8 as count from gone group by tenant_id`;
