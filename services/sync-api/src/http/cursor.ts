import { z } from "zod";
import { ApiProblem } from "./problem.ts";

/** A time as cursors hold it: UTC with microseconds, as exact as the database's, and sortable as text. */
export const cursorTime = z
  .string()
  .regex(/^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  .refine(isDate);
/** The SQL that writes a time so. */
export const cursorTimeSql = (column: string): string =>
  `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const cursorCharsMax = 1_000;

export const cursorParam = z
  .string()
  .max(cursorCharsMax)
  .optional()
  .describe("`nextCursor` of the page before; absent: the first page");

export const limitParam = (fallback: number, max: number) =>
  z.coerce.number().int().min(1).max(max).default(fallback).describe(`Items a page, ${max} at most`);

/** Where a page ended, as opaque text. */
export function encodeCursor(position: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/**
 * @returns null for the first page
 * @throws {ApiProblem} when it is not a cursor of this list
 */
export function decodeCursor<S extends z.ZodType>(cursor: string | undefined, schema: S): z.output<S> | null {
  if (cursor === undefined) return null;
  const parsed = schema.safeParse(parseJson(Buffer.from(cursor, "base64url").toString("utf8")));
  if (parsed.success) return parsed.data;
  const detail = "is not a cursor of this list; take `nextCursor` of the page before";
  throw new ApiProblem("invalid_request", `query #/cursor ${detail}.`, {
    extras: { errors: [{ in: "query", pointer: "#/cursor", detail }] },
  });
}

/** The 31st of February is none. */
function isDate(time: string): boolean {
  const date = new Date(time);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 23) === time.slice(0, 23);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Cuts a page out of `limit + 1` rows: the row too many only says that there is a next page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  toCursor: (row: Row) => readonly (string | number | null)[],
): { items: Item[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(toCursor(last)) : null;
  return { items: page.map(toItem), nextCursor };
}
