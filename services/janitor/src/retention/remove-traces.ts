import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { removeRows, rowsMax } from "./remove-rows.ts";

/** An answer that was fetched before a message was gone, or a label was removed, is stored within hours, or never. */
const tombstonesSql = `
  delete from tombstones where ctid = any(array(
    select ctid from tombstones where buried_at < $1 order by buried_at limit ${rowsMax} for update skip locked
  ))`;
/** One that no look at the mailbox has settled stays doubted. */
const labelsSql = `
  delete from removed_labels where ctid = any(array(
    select ctid from removed_labels where removed_at < $1 and relieved_at >= removed_at + interval '1 hour'
    limit ${rowsMax} for update skip locked
  ))`;

/**
 * Removes what keeps late answers from bringing back messages and labels that are gone.
 *
 * @returns how many of each
 */
export async function removeTraces(
  pool: SweepingPool,
  before: Date,
  signal: AbortSignal,
): Promise<{ readonly tombstones: number; readonly labels: number }> {
  const tombstones = await removeRows(pool, tombstonesSql, before, signal);
  const labels = await removeRows(pool, labelsSql, before, signal);
  return { tombstones, labels };
}
