import { streams } from "@millrace/shared/nats/topology";
import type { YearsWorld } from "./years-world.ts";

/** Rows of every table, messages and bytes of every stream, blobs and their bytes, and what the database takes on disk. */
export type Sizes = Readonly<Record<string, number>>;

const tablesSql = `
  select relname as name from pg_class
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by 1`;

/** After a vacuum, as the database's own does it all the time. */
export async function measureSizes({ database, nats, janitorBlobs }: YearsWorld): Promise<Sizes> {
  await database.query("vacuum (analyze)");
  const sizes: Record<string, number> = {};
  const { rows: tables } = await database.query<{ name: string }>(tablesSql);
  for (const { name } of tables) {
    const { rows } = await database.query<{ count: number }>(`select count(*)::float8 as count from ${name}`);
    sizes[`rows of ${name}`] = rows[0]?.count ?? 0;
  }
  for (const { name } of streams) {
    const { state } = await nats.jsm.streams.info(name);
    sizes[`messages of ${name}`] = state.messages;
    sizes[`bytes of ${name}`] = state.bytes;
  }
  let [blobs, bytes] = [0, 0];
  for await (const { sizeBytes } of janitorBlobs.list()) {
    blobs++;
    bytes += sizeBytes;
  }
  const { rows } = await database.query<{ bytes: number }>(
    "select pg_database_size(current_database())::float8 as bytes",
  );
  return { ...sizes, blobs, "bytes of blobs": bytes, "bytes of the database": rows[0]?.bytes ?? 0 };
}
