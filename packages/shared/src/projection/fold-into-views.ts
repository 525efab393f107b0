import type { PoolClient } from "../postgres/create-pool.ts";
import { type PositionedEvent, projectBatch, rowsTouchedBy, type TouchedRows } from "./project-batch.ts";
import { type ViewTable, viewTables } from "./view-tables.ts";
import type { ViewChanges, ViewRows } from "./views.ts";
import { withoutRemoved } from "./without-removed.ts";

/**
 * Folds a batch into the views' tables: those that the connection's search path finds, so that a rebuild and the
 * live projection run the same statements. To be called where nobody else's fold overlaps.
 */
export async function foldIntoViews(client: PoolClient, events: readonly PositionedEvent[]): Promise<void> {
  const { rows } = await client.query<ViewRows>({
    name: "read-views",
    text: `select ${readViews(1)}`,
    values: touchedValues(rowsTouchedBy(events)),
  });
  if (rows[0] === undefined) return;
  const counting = withoutRemoved(rows[0].account_states, events);
  await client.query({
    name: "write-views",
    text: `with ${writeViews(1)} select`,
    values: changedValues(projectBatch(rows[0], counting)),
  });
}

/**
 * Columns, by the views' names, with the rows that a batch touches. Rows come as JSON, so that big numbers, times and nulls
 * have one form in both directions. Each row is looked up by its key: a join would read a whole table for as long as the
 * planner has no statistics of it, and of a rebuild's tables it never has.
 *
 * @param first the number of the first of the parameters, which `touchedValues` gives
 */
export const readViews = (first: number): string => `
  ${rowsOf("syncs", `unnest($${first}::text[]) as touched (id)`, ["id"])},
  ${rowsOf(
    "chunks",
    `unnest($${first + 1}::text[], $${first + 2}::integer[]) as touched (sync_id, chunk_index)`,
    ["sync_id", "chunk_index"],
  )},
  ${rowsOf("account_states", `unnest($${first + 3}::text[]) as touched (account_id)`, ["account_id"])},
  ${rowsOf("dead_letters", `unnest($${first + 4}::text[]) as touched (id)`, ["id"])},
  ${rowsOf(
    "activity_minutes",
    `unnest($${first + 5}::text[], $${first + 6}::integer[]) as touched (tenant_id, minute)`,
    ["tenant_id", "minute"],
  )}`;

function rowsOf(view: keyof ViewRows, touched: string, key: readonly string[]): string {
  const sameKey = key.map((column) => `${view}.${column} = touched.${column}`).join(" and ");
  return `
    (select coalesce(json_agg(found.row), '[]') from ${touched}
      cross join lateral (select row_to_json(${view}) as row from ${view} where ${sameKey} limit 1) as found
    ) as ${view}`;
}

export const touchedValues = (touched: TouchedRows): unknown[] => [
  touched.syncIds,
  touched.chunkKeys.map(({ syncId }) => syncId),
  touched.chunkKeys.map(({ chunkIndex }) => chunkIndex),
  touched.accountIds,
  touched.letterIds,
  touched.activityKeys.map(({ tenantId }) => tenantId),
  touched.activityKeys.map(({ minute }) => minute),
];

/**
 * Parts of a `with` that write the rows which have changed, and remove those that go. Whole rows are replaced: the fold has decided already which
 * event is newer.
 *
 * @param first the number of the first of the parameters, which `changedValues` gives
 * @param condition under which they are written
 */
export const writeViews = (first: number, condition = "true"): string =>
  [
    ...viewTables.map((table, i) => writePart(table, first + i, condition)),
    forgetPart("syncs", first + viewTables.length, condition),
    forgetPart("dead_letters", first + viewTables.length + 1, condition),
  ].join(",\n");

export const changedValues = (changed: ViewChanges): unknown[] => [
  ...viewTables.map(({ name }) => JSON.stringify(changed[name])),
  changed.forgottenSyncIds,
  changed.forgottenLetterIds,
];

/** How many parameters `changedValues` gives. */
export const changedCount = viewTables.length + 2;

const forgetPart = (view: "syncs" | "dead_letters", parameter: number, condition: string): string => `
    ${view}_forgotten as (
      delete from ${view} where id = any($${parameter}::text[]) and ${condition}
    )`;

function writePart({ name, key, columns }: ViewTable, parameter: number, condition: string): string {
  const changing = columns.filter((column) => !key.includes(column));
  const list = columns.join(", ");
  return `
    ${name}_written as (
      insert into ${name} (${list}) select ${list} from jsonb_populate_recordset(null::${name}, $${parameter}::jsonb)
      where ${condition}
      on conflict (${key.join(", ")}) do update set
        ${changing.map((column) => `${column} = excluded.${column}`).join(", ")}
    )`;
}
