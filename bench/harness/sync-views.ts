import type pg from "pg";
import { until } from "./until.ts";

const lookMs = 100;

/** Waits until each of these accounts has a completed sync. @throws Error when one has not in time */
export function untilCompleted(
  database: pg.Pool,
  accountIds: readonly string[],
  maxMs: number,
): Promise<void> {
  return until(async () => (await countCompleted(database, accountIds)) === accountIds.length, lookMs, maxMs);
}

/** How many of these accounts have a completed sync. */
export function countCompleted(database: pg.Pool, accountIds: readonly string[]): Promise<number> {
  return count(
    database,
    "select count(distinct account_id)::int as count from syncs where account_id = any($1) and status = 'completed'",
    accountIds,
  );
}

/** How many messages of these accounts are stored. */
export function countStored(database: pg.Pool, accountIds: readonly string[]): Promise<number> {
  return count(
    database,
    "select count(*)::int as count from messages where account_id = any($1)",
    accountIds,
  );
}

async function count(database: pg.Pool, text: string, accountIds: readonly string[]): Promise<number> {
  const { rows } = await database.query<{ count: number }>(text, [accountIds]);
  return rows[0]?.count ?? 0;
}
