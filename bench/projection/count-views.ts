import type { OwnerPool } from "@millrace/shared/postgres/create-pool";
import type { Tally } from "./mail-history.ts";

const sql = `
  select (select count(*) from events)::float8 as events,
    count(*)::float8 as syncs,
    (count(*) filter (where status = 'completed'))::float8 as completed,
    (count(*) filter (where status = 'partial'))::float8 as partial,
    sum(chunks_listed)::float8 as chunks,
    (select count(*) from chunks where settled_at is not null)::float8 as "settledChunks",
    sum(stored)::float8 as stored,
    (select count(*) from dead_letters)::float8 as letters
  from syncs`;

/** @returns what the views say otherwise than the history, in words; "" when they are right */
export async function countViews(pool: OwnerPool, tally: Tally): Promise<string> {
  const { rows } = await pool.query<Tally>(sql);
  const [found] = rows;
  if (found === undefined) throw new Error("An aggregate has one row");
  return Object.entries(tally)
    .filter(([name, expected]) => found[name as keyof Tally] !== expected)
    .map(([name, expected]) => `${name}: ${found[name as keyof Tally]} instead of ${expected}`)
    .join(", ");
}
