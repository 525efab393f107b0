import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { migrate } from "./migrate.ts";
import { missingAccess } from "./missing-access.ts";
import { runMigrations } from "./run-migrations.ts";
import { splitStatements } from "./split-statements.ts";

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

it("a tenant's own period that was below what everybody's may be is raised to that, and no other one", async () => {
  const file = new URL("../../migrations/0044_periods-of-each-tenant.sql", import.meta.url);
  const [raise = ""] = splitStatements(readFileSync(file, "utf8"));
  await client.query(`insert into tenants (id, name, retention) values
    ('short', 'S', '{"finishedSyncsDays": 3, "auditDays": 2}'), ('long', 'L', '{"finishedSyncsDays": 8}'), ('none', 'N', '{}')`);
  await client.query(raise);
  const { rows } = await client.query("select id, retention from tenants order by id");
  expect(rows).toEqual([
    { id: "long", retention: { finishedSyncsDays: 8 } },
    { id: "none", retention: {} },
    { id: "short", retention: { finishedSyncsDays: 7, auditDays: 2 } },
  ]);
});

const index = `-- Up Migration
-- No transaction

drop index concurrently if exists events_by_version;
create index concurrently events_by_version on events (version);
`;

it("a migration without a transaction builds an index beside its writers, and can be run again", async () => {
  const { run } = folderOf({ "0001_index.sql": index });
  expect(await run()).toEqual(["0001_index"]);
  await client.query("delete from test_migrations");
  expect(await run()).toHaveLength(1);
  const { rows } = await client.query(
    "select indisvalid as valid from pg_index where indexrelid = 'events_by_version'::regclass",
  );
  expect(rows).toEqual([{ valid: true }]);
});

it("says nothing of a migration that has no transaction on purpose, and what is wrong with one that fails", async () => {
  const { run, said } = folderOf({
    "0001_index.sql": index,
    "0002_broken.sql": "-- Up Migration\nalter table no_such_table add column a text;\n",
  });
  await expect(run()).rejects.toThrow('relation "no_such_table" does not exist');
  expect(said.warnings).toEqual([]);
  expect(said.errors.join()).toContain("alter table no_such_table");
});

it("a whole new schema is made without a word on standard error", async () => {
  await client.query("drop schema public cascade; create schema public");
  const program = fileURLToPath(new URL("migrate-main.ts", import.meta.url));
  const env = { ...process.env, DATABASE_URL: database.url, LOG_LEVEL: "info" };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { env });
  expect(stdout).toContain("0046_a-store-that-is-known");
  expect(stderr).toBe("");
});

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Migrations of a folder of their own, and what was said of them. */
function folderOf(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "millrace-migrations-"));
  folders.push(folder);
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  const said = { warnings: [] as unknown[], errors: [] as unknown[] };
  const remarks = {
    warn: (text: unknown) => said.warnings.push(text),
    error: (text: unknown) => said.errors.push(text),
  };
  return { said, run: () => runMigrations(client, { folder, table: "test_migrations", remarks }) };
}
