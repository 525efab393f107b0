import type { SweepingPool } from "../postgres/create-pool.ts";

const findingsDays = 7;
const rowsMax = 50_000;

/** Findings of a verification whose repair has not ended are still to be read. */
const sql = `
  delete from verification_messages
  where ctid = any(array(
    select f.ctid
    from verifications v join verification_messages f on f.verification_id = v.id
    where v.ended_at < now() - make_interval(days => ${findingsDays})
      and not exists (select from syncs s where s.id = v.repair_sync_id and s.ended_at is null)
    limit ${rowsMax}
  ))`;

/** Removes findings that have been kept for a week, some at a time; the counts stay. */
export async function forgetFindings(pool: SweepingPool): Promise<void> {
  await pool.ofAll().query(sql);
}
