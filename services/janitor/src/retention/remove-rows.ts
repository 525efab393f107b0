import type { Queries, SweepingPool } from "@millrace/shared/postgres/create-pool";
import type { PeriodName } from "@millrace/shared/retention/tenant-periods";
import { limitedPool } from "./limited-pool.ts";
import { removeInPieces } from "./remove-in-pieces.ts";
import { type RemovedPart, removeNoted } from "./remove-noted.ts";
import { beginning, countSql, type LookedAt, type LookSize, type RowPlace, removeSql } from "./remove-sql.ts";
import type { RetentionScope } from "./retention-scope.ts";
import type { RowRule } from "./row-rules.ts";

/** What one statement looks at; it removes fewer where others go with each. */
const rowsMax = 5_000;

export interface RowsSeen {
  /** The time of the rows with which the look begins, as `onSeen` was told of it; null: of the oldest. */
  readonly from?: string | null;
  /** Hears up to which time all rows have been looked at, after each piece. */
  readonly onSeen?: (since: string) => void;
}

/**
 * Looks through the rows that may be due, the oldest first, and removes those that a rule finds, some at a time, until it has seen
 * all, or the run is over; rows that somebody holds at that moment stay for the next run. A dry run counts them.
 */
export async function removeRows(
  pool: SweepingPool,
  rule: RowRule,
  scope: RetentionScope,
  { from = null, onSeen = () => {} }: RowsSeen = {},
): Promise<void> {
  const { kind, days, period } = rule;
  const values = [scope.now, days, scope.tenantId, await shortestDays(pool, period, days)];
  let after: RowPlace = from === null ? beginning : { ...beginning, since: from };
  const look = async (database: Queries, sql: string) => {
    const { rows } = await database.query<LookedAt<RemovedPart>>(sql, [...values, after.since, after.place]);
    return rows[0] as LookedAt<RemovedPart>;
  };
  const goOn = (seen: LookedAt<RemovedPart>, size: LookSize): boolean => {
    const next = placeAfter(seen, size);
    after = next ?? after;
    onSeen(after.since);
    return next !== null;
  };
  if (scope.isDryRun) {
    for (let isMore = true; isMore; ) {
      scope.signal.throwIfAborted();
      const size = { rows: rowsMax, removed: rowsMax };
      const seen = await look(pool.ofAll(), countSql(rule, size));
      for (const { tenantId, count, bytes } of seen.parts) scope.count(kind, tenantId, count, bytes);
      isMore = goOn(seen, size);
    }
    return;
  }
  const removing = limitedPool(pool).ofAll();
  const removedMax = rule.rowsMax ?? rowsMax;
  await removeInPieces(scope, removedMax, async (removed) => {
    const size = { removed, rows: Math.ceil((removed * rowsMax) / removedMax) };
    const looked: LookedAt<RemovedPart>[] = [];
    await removeNoted(removing, scope, kind, async (client) => {
      const seen = await look(client, removeSql(rule, size));
      looked.push(seen);
      return seen.parts;
    });
    return looked.every((seen) => goOn(seen, size)) ? removed : 0;
  });
}

/** Where the next look begins; null: this one has seen the last. */
function placeAfter(
  { seen, lastSeen, due, lastDue }: LookedAt<unknown>,
  { rows, removed }: LookSize,
): RowPlace | null {
  if (due === removed) return lastDue;
  return seen < rows ? null : lastSeen;
}

const shortestSql = `
  select least($2::integer, min((retention ->> $1)::integer)) as days from tenants where retention ? $1`;

/** No row is due that is younger: so that an index by time is read from its old end. */
async function shortestDays(pool: SweepingPool, period: PeriodName, days: number): Promise<number> {
  const { rows } = await pool.ofAll().query<{ days: number | null }>(shortestSql, [period, days]);
  return Math.min(days, rows[0]?.days ?? days);
}
