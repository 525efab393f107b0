import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { afterAll, beforeAll, expect, it } from "vitest";

let database: TestDatabase;
let pool: TestPool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "fetcher", 1);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

/**
 * A plan that is made while nothing is stored serves for the first minutes of a first sync: until Postgres has statistics.
 * What it makes of a foreign key's own lookup is the same.
 */
it.each([
  [
    "of an attachment's message",
    "select 1 from only messages x where account_id = $1 and provider_id = any($2) for key share of x",
  ],
  [
    "of what is stored",
    "select provider_id from messages where tenant_id = 'a' and account_id = $1 and provider_id = any($2)",
  ],
])("the lookup %s goes through the key, before there are statistics", async (_, sql) => {
  await pool.query("set plan_cache_mode = force_generic_plan");
  await pool.query("deallocate all");
  await pool.query(`prepare lookup (text, text[]) as ${sql}`);
  const { rows } = await pool.query<{ "QUERY PLAN": string }>("explain execute lookup ('a', '{b}')");
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(plan).toContain("messages_pkey");
  expect(plan).toMatch(/Index Cond: \(\(account_id = .*\) AND \(provider_id = /);
});
