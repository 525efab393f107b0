import type { World } from "../world/world.ts";

const sql = `
  select extract(epoch from ended_at - $2::timestamptz)::float8 as seconds from syncs
  where id = any($1) and ended_at > $2::timestamptz`;

/** How long each accepted sync took to end that was open at a moment, in seconds; those that never ended are left out. */
export async function recoverySeconds({ database, register }: World, sinceMs: number): Promise<number[]> {
  const ids = register
    .all()
    .filter(({ acceptedAtMs }) => acceptedAtMs <= sinceMs)
    .map(({ id }) => id);
  const rows = await database.query<{ seconds: number }>(sql, [ids, new Date(sinceMs).toISOString()]);
  return rows.map(({ seconds }) => seconds);
}
