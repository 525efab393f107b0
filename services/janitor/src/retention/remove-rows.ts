import type { SweepingPool } from "@millrace/shared/postgres/create-pool";

/** What one statement removes where nothing hangs on a row. */
export const rowsMax = 5_000;

/**
 * Removes old rows, some at a time, until none is left.
 *
 * @param sql removes up to `max` rows that are older than $1
 * @returns how many
 */
export async function removeRows(
  pool: SweepingPool,
  sql: string,
  before: Date,
  signal: AbortSignal,
  max = rowsMax,
): Promise<number> {
  let removed = 0;
  for (;;) {
    signal.throwIfAborted();
    const { rowCount } = await pool.ofAll().query(sql, [before]);
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < max) return removed;
  }
}
