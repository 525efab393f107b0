import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { applyAccess } from "./apply-access.ts";
import { missingAccess } from "./missing-access.ts";
import { runMigrations } from "./run-migrations.ts";
import { ownMigrations, readApplied } from "./schema-standing.ts";

/** Any number that nobody else uses; it makes a second migrator wait for the first. */
const migrationLock = 7_352_190_001;
const lockPollMs = 100;

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
 * call it at once: one migrates, the others wait. A database that knows migrations which this version lacks is that of a
 * newer one, which has to suit the release before (docs/upgrades.md): nothing is touched, least of all the newer one's
 * rights. A login that does not own the schema is enough where nothing is to be done.
 *
 * @returns the names of the migrations that were applied now
 * @throws {SchemaOwnerError}
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await takeLock(client);
    if (await isNewer(client)) return [];
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

/**
 * Asks again and again, in a transaction each: a session that waited in the lock would be waited for by an index that is
 * built concurrently under it.
 */
async function takeLock(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ isTaken: boolean }>(
      'select pg_try_advisory_lock($1) as "isTaken"',
      [migrationLock],
    );
    if (rows[0]?.isTaken) return;
    await sleep(lockPollMs);
  }
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

async function isUpToDate(client: pg.Client): Promise<boolean> {
  const applied = await readApplied(client);
  if (applied === null || (await missingAccess(client)).length > 0) return false;
  return (await ownMigrations()).every((name) => applied.has(name));
}

/** Whether it has all migrations of this version, and others. */
async function isNewer(client: pg.Client): Promise<boolean> {
  const [applied, own] = [await readApplied(client), await ownMigrations()];
  return applied !== null && own.every((name) => applied.has(name)) && applied.size > own.length;
}
