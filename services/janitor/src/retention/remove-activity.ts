import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { isOutOfTime, limitedPool } from "./limited-pool.ts";
import { removeInPieces } from "./remove-in-pieces.ts";
import { type RemovedPart, removeNoted } from "./remove-noted.ts";
import type { RetentionPorts } from "./retention-ports.ts";
import type { RetentionScope } from "./retention-scope.ts";

const dayMs = 86_400_000;
const minutesPerDay = 1_440;
/** Days have tables before they come, also where this runs once a week. */
const daysAhead = 9;
const rowsMax = 5_000;
/** Tenants that one statement looks at, each in the tables of the days that it does not keep: 90 at most. */
const tenantsMax = 200;

/**
 * Removes days of activity that no tenant keeps any more, each with its table, and makes the tables of the days to come. Minutes
 * of tenants that keep less than the others go row by row, as does what stands in no day's table, or is to go of one tenant only.
 * Functions of the database do it: tables are its owner's (0040_activity-by-day.sql, 0044_periods-of-each-tenant.sql).
 *
 * @param keptDays whole days before today, where a tenant says nothing
 */
export async function removeActivity(
  { pool }: Pick<RetentionPorts, "pool">,
  keptDays: number,
  scope: RetentionScope,
): Promise<void> {
  const isOfAll = scope.tenantId === null;
  const mayMake = isOfAll && !scope.isDryRun;
  const today = Math.floor(scope.now.getTime() / dayMs);
  const minuteBefore = (days: number): number => (today - days) * minutesPerDay;
  const beforeMinute = minuteBefore(await longestDays(pool, keptDays, scope.tenantId));
  // Whoever has the table for long is not to be held up; rows of days are not deleted for that.
  if (mayMake && !(await inTime(() => dropDays(pool, beforeMinute, scope)))) return scope.leaveRest();
  await removeMinutes(pool, scope, removeSql, [beforeMinute, scope.tenantId]);
  if (isOfAll)
    for await (const some of pagesOfTenants(pool, keptDays)) {
      if (!scope.mayGoOn()) return;
      const before = some.map(({ days }) => minuteBefore(days));
      await removeMinutes(pool, scope, removeOfSql, [some.map(({ id }) => id), beforeMinute, before]);
    }
  if (mayMake && !(await inTime(() => makeDays(pool, today)))) scope.leaveRest();
}

const ownDays = (days: string): string => `coalesce((t.retention ->> 'activityDays')::integer, ${days})`;

/** $1 days where a tenant says nothing, $2 one tenant or null. A tenant that is none keeps what everybody keeps. */
const longestSql = `
  select case when $2::text is null then greatest($1::integer, max(${ownDays("$1::integer")})) else
    coalesce(max(${ownDays("$1::integer")}), $1::integer) end as days
  from tenants t where $2::text is null or t.id = $2`;

/** How many days are kept by whoever keeps most; of one tenant, by it. */
async function longestDays(pool: SweepingPool, keptDays: number, tenantId: string | null): Promise<number> {
  const { rows } = await pool.ofAll().query<{ days: number }>(longestSql, [keptDays, tenantId]);
  return rows[0]?.days ?? keptDays;
}

const pageSql = `
  select t.id, ${ownDays("$1::integer")} as days from tenants t where t.id > $2 order by t.id limit ${tenantsMax}`;

interface Keeping {
  readonly id: string;
  readonly days: number;
}

/** All tenants, so many at a time, with how many days each keeps. */
async function* pagesOfTenants(pool: SweepingPool, keptDays: number): AsyncGenerator<readonly Keeping[]> {
  for (let last = ""; ; ) {
    const { rows } = await pool.ofAll().query<Keeping>(pageSql, [keptDays, last]);
    if (rows.length > 0) yield rows;
    if (rows.length < tenantsMax) return;
    last = rows.at(-1)?.id ?? "";
  }
}

const kind = "activity";

const dropSql = `select tenant_id as "tenantId", count from drop_activity_day($1)`;

async function dropDays(pool: SweepingPool, beforeMinute: number, scope: RetentionScope): Promise<void> {
  while (scope.mayGoOn()) {
    let isLast = false;
    await removeNoted(limitedPool(pool).ofNobody(), scope, kind, async (client) => {
      const { rows } = await client.query<RemovedPart>(dropSql, [beforeMinute]);
      isLast = rows.length === 0;
      return rows;
    });
    await scope.pause();
    if (isLast) return;
  }
}

const removeSql = `select tenant_id as "tenantId", count from remove_activity($2, $3, $1)`;
const removeOfSql = `select tenant_id as "tenantId", count from remove_activity_of($2, $3, $4, $1)`;

/** @param values of the statement, which has the number of rows before them */
async function removeMinutes(
  pool: SweepingPool,
  scope: RetentionScope,
  sql: string,
  values: readonly unknown[],
): Promise<void> {
  const remove = (max: number): Promise<number> =>
    removeNoted(
      limitedPool(pool).ofNobody(),
      scope,
      kind,
      async (client) => (await client.query<RemovedPart>(sql, [max, ...values])).rows,
    );
  if (scope.isDryRun) await remove(0);
  else await removeInPieces(scope, rowsMax, remove);
}

async function makeDays(pool: SweepingPool, today: number): Promise<void> {
  for (let day = today; day <= today + daysAhead; day++)
    await limitedPool(pool).ofNobody().query("select make_activity_day($1)", [day]);
}

/** @returns false when the database ended it because it had waited, or worked, for too long */
async function inTime(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (isOutOfTime(error)) return false;
    throw error;
  }
}
