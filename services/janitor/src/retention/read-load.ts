import type { SweepingPool } from "@millrace/shared/postgres/create-pool";

const sql = `select exists (select from syncs where ended_at is null and status = 'running') as "isBusy"`;

/** Whether syncs run that retention must not hold up. */
export async function readLoad(pool: SweepingPool): Promise<"busy" | "idle"> {
  const { rows } = await pool.ofAll().query<{ isBusy: boolean }>(sql);
  return rows[0]?.isBusy === true ? "busy" : "idle";
}
