import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BootstrapKeyError, bootstrapTenant } from "./bootstrap-tenant.ts";

let database: TestDatabase;
let pool: TestPool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "sync-api", 5, pino({ level: "silent" }));
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

test("copies that start at once make one tenant and one key", async () => {
  await Promise.all(Array.from({ length: 5 }, () => bootstrapTenant(pool, "t1", "mr_0123456789abcdef")));
  const { rows } = await pool.query("select tenant_id from api_keys where tenant_id = 't1'");
  expect(rows).toHaveLength(1);
});

test("a key that was revoked stays revoked", async () => {
  await bootstrapTenant(pool, "t2", "mr_revoked_key_0123456");
  await pool.query("update api_keys set revoked_at = now() where tenant_id = 't2'");
  await bootstrapTenant(pool, "t2", "mr_revoked_key_0123456");
  const { rows } = await pool.query("select from api_keys where tenant_id = 't2' and revoked_at is null");
  expect(rows).toHaveLength(0);
});

test("the addresses that people may be sent back to are those of the newest start that names some", async () => {
  const key = "mr_with_addresses_012345";
  const listed = async () =>
    (await pool.query("select return_urls as urls from tenants where id = 't5'")).rows[0]?.urls;
  await bootstrapTenant(pool, "t5", key);
  expect(await listed()).toEqual([]);
  await bootstrapTenant(pool, "t5", key, ["https://a.example", "https://b.example/x"]);
  await bootstrapTenant(pool, "t5", key);
  expect(await listed()).toEqual(["https://a.example", "https://b.example/x"]);
  await expect(bootstrapTenant(pool, "t6", key, ["https://evil.example"])).rejects.toThrow(BootstrapKeyError);
  expect(await listed()).toEqual(["https://a.example", "https://b.example/x"]);
});

test("a key of another tenant is refused without being repeated", async () => {
  const key = "mr_of_somebody_else_012";
  await bootstrapTenant(pool, "t3", key);
  const refused = bootstrapTenant(pool, "t4", key);
  await expect(refused).rejects.toThrow(BootstrapKeyError);
  await expect(refused).rejects.not.toThrow(key);
});
