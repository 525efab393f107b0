import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { ClientBase } from "pg";

export const migrationsFolder = fileURLToPath(new URL("../../migrations/", import.meta.url));

type Client = Pick<ClientBase, "query">;

const appliedSql = `
  select coalesce(has_table_privilege(to_regclass('schema_migrations'), 'select'), false) and to_regclass('messages') is not null as "isReadable"`;

/** Null when there is no schema yet, or none that the login may look at. */
export async function readApplied(client: Client): Promise<ReadonlySet<string> | null> {
  const readable = await client.query<{ isReadable: boolean }>(appliedSql);
  if (readable.rows[0]?.isReadable !== true) return null;
  const { rows } = await client.query<{ name: string }>("select name from schema_migrations");
  return new Set(rows.map(({ name }) => name));
}

/** The names of this version's migrations. */
export async function ownMigrations(): Promise<string[]> {
  const files = await readdir(migrationsFolder);
  return files.filter((file) => file.endsWith(".sql")).map((file) => file.slice(0, -".sql".length));
}

/** How a database's schema stands to this version. */
export interface SchemaStanding {
  /** Migrations of this version that it has not seen. */
  readonly missing: readonly string[];
  /** Such as only a newer version has. */
  readonly unknown: readonly string[];
}

/** Null when there is no schema yet, or none that the login may look at. */
export async function readSchemaStanding(client: Client): Promise<SchemaStanding | null> {
  const [applied, own] = [await readApplied(client), await ownMigrations()];
  if (applied === null) return null;
  return {
    missing: own.filter((name) => !applied.has(name)),
    unknown: [...applied].filter((name) => !own.includes(name)),
  };
}
