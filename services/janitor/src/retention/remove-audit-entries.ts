import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { removeRows, rowsMax } from "./remove-rows.ts";

const sql = `
  delete from audit_entries where ctid = any(array(
    select ctid from audit_entries where at < $1 order by at limit ${rowsMax} for update skip locked
  ))`;

/** @returns how many were removed */
export const removeAuditEntries = (pool: SweepingPool, before: Date, signal: AbortSignal): Promise<number> =>
  removeRows(pool, sql, before, signal);
