import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { createTestPool } from "@millrace/shared/testing/create-test-pool";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runAsTyped } from "../testing/run-as-typed.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const migrate = (DATABASE_URL: string, ...options: string[]) =>
  runAsTyped(["migrate", ...options], { env: { DATABASE_URL } });

test("a schema that is up to date is left alone, and that is said", async () => {
  expect(await migrate(database.url)).toEqual({
    code: 0,
    stdout: "The schema was up to date.\n",
    stderr: "",
  });
  expect(JSON.parse((await migrate(database.url, "--json")).stdout)).toEqual({ applied: [] });
});

test("a login that may not change a schema that is behind is told whose business it is", async () => {
  const pool = createTestPool(database.url, "sync-api", 1);
  await pool.owner.query("delete from schema_migrations where id = (select max(id) from schema_migrations)");
  await pool.end();
  const { code, stderr } = await migrate(database.serviceUrls.fetcher);
  expect([code, stderr]).toEqual([2, expect.stringContaining("Run the migrations as the owner")]);
});

test("an address that is none is said without its password", async () => {
  const { code, stderr } = await migrate("postgres://u:geheim@127.0.0.1:1/x");
  expect([code, stderr]).toEqual([2, expect.stringContaining("Nobody answers at 127.0.0.1:1/x")]);
  expect(stderr).not.toContain("geheim");
});
