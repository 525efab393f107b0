import { randomBytes } from "node:crypto";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { sealCredentials } from "@millrace/shared/postgres/load-account";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runAsTyped } from "../testing/run-as-typed.ts";

const key = (id: string): string => `${id}:${randomBytes(32).toString("base64")}`;
const [k1, k2] = [key("k1"), key("k2")];
const both = `${k2},${k1}`;

let database: TestDatabase;
let pool: TestPool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "sync-api", 1);
  const ref = { tenantId: "acme", accountId: "acc_1" };
  const sealed = sealCredentials(Keyring.parse(k1), ref, { refreshToken: "token" });
  await pool.query("insert into tenants (id, name) values ('acme', 'acme')");
  await pool.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials)
     values ('acc_1', 'acme', 'gmail', 'a@example.com', $1)`,
    [sealed],
  );
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const run = (args: readonly string[], keys: string | undefined = both) =>
  runAsTyped(["encryption-keys", ...args], {
    env: { DATABASE_URL: database.url, ...(keys && { MILLRACE_ENCRYPTION_KEYS: keys }) },
  });

test("looks first, then puts everything under the first key, and says so in one line of JSON", async () => {
  const looked = await run(["rotate", "--check", "--json"]);
  expect([looked.code, JSON.parse(looked.stdout)]).toMatchObject([1, { moved: 1, already: 0 }]);
  const rotated = await run(["rotate", "--json"]);
  expect([rotated.code, JSON.parse(rotated.stdout)]).toMatchObject([0, { moved: 1, unreadable: [] }]);
  const again = await run(["rotate", "--check"]);
  expect(again).toMatchObject({ code: 0, stdout: "0 are under other keys, 1 are under it\n" });
});

test("what cannot be carried out is exit 2, with what to do, and without a key", async () => {
  expect(await run([])).toMatchObject({ code: 2, stderr: expect.stringContaining("encryption-keys") });
  expect(await run(["rotate"], "")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("MILLRACE_ENCRYPTION_KEYS is not set"),
  });
  const wrong = await run(["rotate"], key("k2"));
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/"k2" .*is not the one/)]);
  for (const text of [k1, k2]) expect(wrong.stderr).not.toContain(text.slice(3));
});
