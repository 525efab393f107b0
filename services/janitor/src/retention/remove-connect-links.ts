import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { removeRows } from "./remove-rows.ts";

/** What one statement removes: each has attempts that go with it. */
const linksMax = 1_000;

/** With a link go its attempts; the account that it has connected stays. */
const sql = `
  delete from connect_links where ctid = any(array(
    select ctid from connect_links where expires_at < $1 order by expires_at limit ${linksMax} for update skip locked
  ))`;

/**
 * Removes links that nobody asks about any more: they bear addresses of people and of pages.
 *
 * @param before links that had expired by then
 * @returns how many
 */
export const removeConnectLinks = (pool: SweepingPool, before: Date, signal: AbortSignal): Promise<number> =>
  removeRows(pool, sql, before, signal, linksMax);
