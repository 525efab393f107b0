import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { runner } from "node-pg-migrate";
import pg from "pg";
import { applyAccess } from "./apply-access.ts";
import { missingAccess } from "./missing-access.ts";

const migrationsFolder = fileURLToPath(new URL("../../migrations/", import.meta.url));
/** Any number that nobody else uses; it makes a second migrator wait for the first. */
const migrationLock = 7_352_190_001;

/** The schema is older than this version, and the login may not change it. */
export class SchemaOwnerError extends Error {
  readonly code = "schema_owner";
  constructor(login: string) {
    super(
      `The database's schema is not that of this version, and its user ${login} may not change it. Run the migrations as ` +
        "the owner (DATABASE_URL=… npm run migrate), or give sync-api the owner's URL as DATABASE_OWNER_URL.",
    );
    this.name = "SchemaOwnerError";
  }
}

/**
 * Brings the database up to the newest migration, and makes services' rights what they are to be. Several processes may
 * call it at once: one migrates, the others wait. A database that knows migrations which this version lacks is an error,
 * not a guess. A login that does not own the schema is enough where nothing is to be done.
 *
 * @returns the names of the migrations that were applied now
 * @throws {SchemaOwnerError}
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [migrationLock]);
    const owner = await readOwner(client);
    if (!owner.isOurs) {
      if (await isUpToDate(client)) return [];
      throw new SchemaOwnerError(owner.login);
    }
    const applied = await runMigrations(client);
    await applyAccess(client);
    return applied;
  } finally {
    await client.end();
  }
}

async function runMigrations(client: pg.Client): Promise<string[]> {
  const applied = await runner({
    dbClient: client,
    dir: migrationsFolder,
    direction: "up",
    migrationsTable: "schema_migrations",
    checkOrder: true,
    noLock: true,
    logger: { debug() {}, info() {}, warn: console.warn, error: console.error },
  });
  return applied.map((migration) => migration.name);
}

const ownerSql = `
  select current_user as login, coalesce((
    select pg_has_role(relowner, 'usage') from pg_class where oid = to_regclass('schema_migrations')
  ), true) as "isOurs"`;

/** An empty database is everybody's who may create tables in it. */
async function readOwner(client: pg.Client): Promise<{ readonly login: string; readonly isOurs: boolean }> {
  const { rows } = await client.query<{ login: string; isOurs: boolean }>(ownerSql);
  return rows[0] ?? { login: "", isOurs: false };
}

const appliedSql = `
  select has_table_privilege('schema_migrations', 'select') and to_regclass('messages') is not null as "isReadable"`;

async function isUpToDate(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ isReadable: boolean }>(appliedSql);
  if (rows[0]?.isReadable !== true || (await missingAccess(client)).length > 0) return false;
  const applied = await client.query<{ name: string }>("select name from schema_migrations");
  const files = (await readdir(migrationsFolder)).filter((file) => file.endsWith(".sql"));
  const known = new Set(applied.rows.map(({ name }) => name));
  return files.every((file) => known.has(file.slice(0, -".sql".length)));
}
