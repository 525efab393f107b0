import { fileURLToPath } from "node:url";
import { runner } from "node-pg-migrate";
import pg from "pg";

const migrationsFolder = fileURLToPath(new URL("../../migrations/", import.meta.url));
/** Any number that nobody else uses; it makes a second migrator wait for the first. */
const migrationLock = 7_352_190_001;

/**
 * Brings the database up to the newest migration. Several processes may call it at once: one migrates, the
 * others wait. A database that knows migrations which this version lacks is an error, not a guess.
 *
 * @returns the names of the migrations that were applied now
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [migrationLock]);
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
  } finally {
    await client.end();
  }
}
