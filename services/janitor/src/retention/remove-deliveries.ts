import type { SweepingPool } from "@millrace/shared/postgres/create-pool";

/** What one statement removes. */
const rowsMax = 5_000;

/** One that is still tried stays, and is given up in its time. */
const sql = `
  delete from webhook_deliveries where ctid = any(array(
    select ctid from webhook_deliveries where created_at < $1 and state <> 'pending'
    order by created_at limit ${rowsMax} for update skip locked
  ))`;

/**
 * Removes what webhook endpoints were told before a time: it can be sent again until then.
 *
 * @returns how many messages
 */
export async function removeDeliveries(
  pool: SweepingPool,
  before: Date,
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  for (;;) {
    signal.throwIfAborted();
    const { rowCount } = await pool.ofAll().query(sql, [before]);
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < rowsMax) return removed;
  }
}
