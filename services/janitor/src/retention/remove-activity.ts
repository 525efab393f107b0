import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { removeRows, rowsMax } from "./remove-rows.ts";

/** Nobody writes a minute that is so old. */
const sql = `
  delete from activity_minutes where (tenant_id, minute) in (
    select tenant_id, minute from activity_minutes
    where minute < floor(extract(epoch from $1::timestamptz) / 60)
    order by minute limit ${rowsMax}
  )`;

/** @returns how many minutes were removed */
export const removeActivity = (pool: SweepingPool, before: Date, signal: AbortSignal): Promise<number> =>
  removeRows(pool, sql, before, signal);
