import type { Pool } from "@millrace/shared/postgres/create-pool";

/** What one statement removes. */
const rowsMax = 1_000;

/** With a link go its attempts; the account that it has connected stays. */
const sql = `
  delete from connect_links where ctid = any(array(
    select ctid from connect_links where expires_at < $1 order by expires_at limit ${rowsMax} for update skip locked
  ))`;

/**
 * Removes links that nobody asks about any more: they bear addresses of people and of pages.
 *
 * @param before links that had expired by then
 * @returns how many
 */
export async function removeConnectLinks(pool: Pool, before: Date, signal: AbortSignal): Promise<number> {
  let removed = 0;
  for (;;) {
    signal.throwIfAborted();
    const { rowCount } = await pool.query(sql, [before]);
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < rowsMax) return removed;
  }
}
