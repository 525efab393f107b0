import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { limitedPool } from "./limited-pool.ts";
import { removeInPieces } from "./remove-in-pieces.ts";
import type { RetentionScope } from "./retention-scope.ts";
import { countSql, type RowRule, removeSql } from "./row-rules.ts";

const rowsMax = 5_000;

interface TenantCount {
  readonly tenantId: string | null;
  readonly count: number;
  readonly bytes: number;
}

/**
 * Removes the rows of a rule, some at a time, until none is left or the run is over; rows that somebody holds at that moment stay for the next
 * run. A dry run counts them.
 */
export async function removeRows(pool: SweepingPool, rule: RowRule, scope: RetentionScope): Promise<void> {
  const { kind, days, period } = rule;
  const values = [scope.now, days, scope.tenantId, await shortestDays(pool, period, days)];
  if (scope.isDryRun) {
    const { rows } = await pool.ofAll().query<TenantCount>(countSql(rule), values);
    for (const { tenantId, count, bytes } of rows) scope.count(kind, tenantId, count, bytes);
    return;
  }
  const removing = limitedPool(pool).ofAll();
  await removeInPieces(scope, rule.rowsMax ?? rowsMax, async (max) => {
    const { rows } = await removing.query<TenantCount>(removeSql(rule, max), values);
    for (const { tenantId, count, bytes } of rows) scope.count(kind, tenantId, count, bytes);
    return rows.reduce((sum, { count }) => sum + count, 0);
  });
}

const shortestSql = `
  select least($2::integer, min((retention ->> $1)::integer)) as days from tenants where retention ? $1`;

/** No row is due that is younger: so that an index by time is read from its old end. */
async function shortestDays(pool: SweepingPool, period: string | undefined, days: number): Promise<number> {
  if (period === undefined) return days;
  const { rows } = await pool.ofAll().query<{ days: number | null }>(shortestSql, [period, days]);
  return Math.min(days, rows[0]?.days ?? days);
}
