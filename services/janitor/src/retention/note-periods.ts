import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import type { DefaultPeriods } from "@millrace/shared/retention/tenant-periods";

const sql = "update installation set retention = $1 where retention is distinct from $1::jsonb";

/** Says for how long things are kept for everybody: who does it says so, so nobody else has to be configured alike. */
export async function notePeriods(pool: SweepingPool, periods: DefaultPeriods): Promise<void> {
  await pool.ofAll().query(sql, [periods]);
}
