import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import type { PeriodName } from "@millrace/shared/retention/tenant-periods";
import { limitedPool } from "./limited-pool.ts";
import { removeInPieces } from "./remove-in-pieces.ts";
import { type RemovedPart, removeNoted } from "./remove-noted.ts";
import { countSql, removeSql } from "./remove-sql.ts";
import type { RetentionScope } from "./retention-scope.ts";
import type { RowRule } from "./row-rules.ts";

const rowsMax = 5_000;

/**
 * Removes the rows of a rule, some at a time, until none is left or the run is over; rows that somebody holds at that moment stay for the next
 * run. A dry run counts them.
 */
export async function removeRows(pool: SweepingPool, rule: RowRule, scope: RetentionScope): Promise<void> {
  const { kind, days, period } = rule;
  const values = [scope.now, days, scope.tenantId, await shortestDays(pool, period, days)];
  if (scope.isDryRun) {
    const { rows } = await pool.ofAll().query<RemovedPart>(countSql(rule), values);
    for (const { tenantId, count, bytes } of rows) scope.count(kind, tenantId, count, bytes);
    return;
  }
  const removing = limitedPool(pool).ofAll();
  await removeInPieces(scope, rule.rowsMax ?? rowsMax, (max) =>
    removeNoted(
      removing,
      scope,
      kind,
      async (client) => (await client.query<RemovedPart>(removeSql(rule, max), values)).rows,
    ),
  );
}

const shortestSql = `
  select least($2::integer, min((retention ->> $1)::integer)) as days from tenants where retention ? $1`;

/** No row is due that is younger: so that an index by time is read from its old end. */
async function shortestDays(pool: SweepingPool, period: PeriodName, days: number): Promise<number> {
  const { rows } = await pool.ofAll().query<{ days: number | null }>(shortestSql, [period, days]);
  return Math.min(days, rows[0]?.days ?? days);
}
