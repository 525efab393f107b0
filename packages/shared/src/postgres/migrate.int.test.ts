import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { runner } from "node-pg-migrate";
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadMigrations } from "./load-migrations.ts";
import { migrate } from "./migrate.ts";
import { missingAccess } from "./missing-access.ts";

let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

it("puts rights right that somebody has taken away", async () => {
  await client.query("revoke select on events from millrace_chunker");
  expect(await migrate(database.url)).toEqual([]);
  expect(await missingAccess(client)).toEqual([]);
});

it("touches nothing of a newer version's schema, whose rights may be others", async () => {
  await client.query("insert into schema_migrations (name, run_on) values ('9999_later', now())");
  await client.query("revoke select on events from millrace_chunker");
  expect(await migrate(database.url)).toEqual([]);
  expect(await missingAccess(client)).toEqual(["nobody has granted select on events for millrace_chunker"]);
});

it("is done once by several who begin together", async () => {
  const { rows } = await client.query("select name from schema_migrations order by name");
  await client.query("drop schema public cascade; create schema public");
  const applied = await Promise.all([1, 2, 3].map(() => migrate(database.url)));
  expect(applied.flat().sort()).toEqual(rows.map(({ name }) => name));
});

it("a migration without a transaction builds an index beside its writers, and can be run again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-migrations-"));
  const index = `-- Up Migration
-- No transaction

drop index concurrently if exists events_by_version;
create index concurrently events_by_version on events (version);
`;
  writeFileSync(join(folder, "0001_index.sql"), index);
  const run = () =>
    runner({
      dbClient: client,
      dir: folder,
      migrationLoaderStrategies: [loadMigrations],
      direction: "up",
      migrationsTable: "test_migrations",
      noLock: true,
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    });
  try {
    expect((await run()).map(({ name }) => name)).toEqual(["0001_index"]);
    await client.query("delete from test_migrations");
    expect(await run()).toHaveLength(1);
    const { rows } = await client.query(
      "select indisvalid as valid from pg_index where indexrelid = 'events_by_version'::regclass",
    );
    expect(rows).toEqual([{ valid: true }]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
