import type { PoolClient } from "../postgres/create-pool.ts";
import { type PositionedEvent, projectBatch, rowsTouchedBy, type TouchedRows } from "./project-batch.ts";
import { type ViewTable, viewTables } from "./view-tables.ts";
import type { ViewRows } from "./views.ts";

/**
 * Folds a batch into the views' tables: those that the connection's search path finds, so that a rebuild and the
 * live projection run the same statements. To be called within a transaction that nobody else's fold overlaps.
 *
 * @returns the rows that have changed
 */
export async function foldIntoViews(
  client: PoolClient,
  events: readonly PositionedEvent[],
): Promise<ViewRows> {
  const changed = projectBatch(await readRows(client, rowsTouchedBy(events)), events);
  for (const table of viewTables) await writeRows(client, table, changed[table.name]);
  return changed;
}

/** Rows come as JSON, so that big numbers, times and nulls have one form in both directions. */
const readSql = {
  syncs: "select to_jsonb(syncs) as row from syncs where id = any($1::text[])",
  chunks: `
    select to_jsonb(chunks) as row from chunks
    join unnest($1::text[], $2::integer[]) as touched (sync_id, chunk_index) using (sync_id, chunk_index)`,
  account_states:
    "select to_jsonb(account_states) as row from account_states where account_id = any($1::text[])",
  dead_letters: "select to_jsonb(dead_letters) as row from dead_letters where id = any($1::text[])",
} as const;

async function readRows(client: PoolClient, touched: TouchedRows): Promise<ViewRows> {
  const read = async <T extends keyof ViewRows>(table: T, ...keys: unknown[][]): Promise<ViewRows[T]> => {
    if (keys[0]?.length === 0) return [];
    const query = { name: `read-${table}`, text: readSql[table], values: keys };
    const { rows } = await client.query<{ row: ViewRows[T][number] }>(query);
    return rows.map(({ row }) => row) as unknown as ViewRows[T];
  };
  const { chunkKeys } = touched;
  return {
    syncs: await read("syncs", [...touched.syncIds]),
    chunks: await read(
      "chunks",
      chunkKeys.map(({ syncId }) => syncId),
      chunkKeys.map(({ chunkIndex }) => chunkIndex),
    ),
    account_states: await read("account_states", [...touched.accountIds]),
    dead_letters: await read("dead_letters", [...touched.letterIds]),
  };
}

async function writeRows(client: PoolClient, table: ViewTable, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  await client.query({ name: `write-${table.name}`, text: writeSql(table), values: [JSON.stringify(rows)] });
}

/** Replaces whole rows: the fold has decided already which event is newer. */
function writeSql({ name, key, columns }: ViewTable): string {
  const changing = columns.filter((column) => !key.includes(column));
  const list = columns.join(", ");
  return `
    insert into ${name} (${list}) select ${list} from jsonb_populate_recordset(null::${name}, $1)
    on conflict (${key.join(", ")}) do update set
      ${changing.map((column) => `${column} = excluded.${column}`).join(", ")}`;
}
