import type { SweepingPool } from "@millrace/shared/postgres/create-pool";

const sql = `select exists (select from syncs where ended_at is null and status = 'running') as "isBusy"`;

/** A sync that begins is noticed within this time, also in the middle of a run of hours. */
const freshMs = 1_000;

/** Whether syncs run that retention must not hold up, as of a second ago at most. */
export function loadReader(pool: SweepingPool): () => Promise<"busy" | "idle"> {
  let [load, readAtMs]: ["busy" | "idle", number] = ["idle", Number.NEGATIVE_INFINITY];
  return async () => {
    if (performance.now() - readAtMs < freshMs) return load;
    const { rows } = await pool.ofAll().query<{ isBusy: boolean }>(sql);
    load = rows[0]?.isBusy === true ? "busy" : "idle";
    readAtMs = performance.now();
    return load;
  };
}
