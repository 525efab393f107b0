import { type RunnerOption, runner } from "node-pg-migrate";
import type pg from "pg";
import { loadMigrations } from "./load-migrations.ts";
import { migrationsFolder } from "./schema-standing.ts";

type RunnerLog = NonNullable<RunnerOption["logger"]>;

/** Where remarks of the runner go; standard error, unless somebody says otherwise. */
type Remarks = Pick<RunnerLog, "warn" | "error">;

export interface RunMigrationsOptions {
  /** Of the migrations; this version's own when absent. */
  readonly folder?: string;
  /** That remembers which were applied. */
  readonly table?: string;
  readonly remarks?: Remarks;
}

/**
 * Applies those migrations that the database has not seen, in their order. Whoever calls it keeps others from doing the same.
 *
 * @returns the names of those that were applied now
 * @throws what Postgres says against one, after it was told to `remarks`
 */
export async function runMigrations(
  client: pg.Client,
  { folder = migrationsFolder, table = "schema_migrations", remarks = console }: RunMigrationsOptions = {},
): Promise<string[]> {
  const applied = await runner({
    dbClient: client,
    dir: folder,
    migrationLoaderStrategies: [loadMigrations],
    direction: "up",
    migrationsTable: table,
    checkOrder: true,
    noLock: true,
    logger: runnerLog(remarks),
  });
  return applied.map((migration) => migration.name);
}

/** The runner says it of each migration that asks for no transaction, and there is nothing to do about it. */
const expected = /WARNING: This migration is not wrapped in a transaction!/;

/** What the runner says, without its course and without what is so on purpose: warnings and errors of everything else. */
export const runnerLog = (remarks: Remarks): RunnerLog => ({
  debug() {},
  info() {},
  warn(message) {
    if (!expected.test(message)) remarks.warn(message);
  },
  error: (message) => remarks.error(message),
});
