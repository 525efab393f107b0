import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { newId } from "../events/identifiers.ts";
import { createTestPool, type TestPool } from "../testing/create-test-pool.ts";
import { beginForSync } from "./begin-for-sync.ts";
import { failVerification } from "./fail-verification.ts";

let database: TestDatabase;
let pool: TestPool;
let ref: { tenantId: string; accountId: string };

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "chunker", 4);
  await pool.query("insert into tenants (id, name) values ('acme', 'acme')");
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});
beforeEach(async () => {
  ref = { tenantId: "acme", accountId: newId("acc") };
  await pool.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ($1, 'acme', 'gmail', $1, 's')`,
    [ref.accountId],
  );
});

async function rows() {
  const found = await pool.query(
    `select id, tenant_id, sync_id, status, repair, position from verifications where account_id = $1 order by id`,
    [ref.accountId],
  );
  return found.rows;
}

test("is written down, without a repair of its own: its sync takes in what it finds", async () => {
  const id = newId("ver");
  await beginForSync(pool, ref, id, "s1");
  expect(await rows()).toEqual([
    { id, tenant_id: "acme", sync_id: "s1", status: "running", repair: false, position: { step: "begin" } },
  ]);
});

test("again, also at once, it goes on where it is", async () => {
  const id = newId("ver");
  await Promise.all([1, 2, 3].map(() => beginForSync(pool, ref, id, "s1")));
  await pool.query(`update verifications set position = '{"step":"list"}' where id = $1`, [id]);
  await beginForSync(pool, ref, id, "s1");
  expect(await rows()).toMatchObject([{ id, position: { step: "list" } }]);
});

test("begins anew when it was ended as left behind, and its sync goes on all the same", async () => {
  const id = newId("ver");
  await beginForSync(pool, ref, id, "s1");
  await pool.query(`update verifications set position = '{"step":"list"}' where id = $1`, [id]);
  await failVerification(pool, ref, id, { category: "sync_ended", message: "" });
  await beginForSync(pool, ref, id, "s1");
  expect(await rows()).toMatchObject([{ id, status: "running", position: { step: "begin" } }]);
});

test("stands beside the one that somebody asked for, and beside that of an earlier beginning", async () => {
  const asked = newId("ver");
  await pool.query(
    `insert into verifications (id, tenant_id, account_id, repair, position)
     values ($1, 'acme', $2, true, '{"step":"begin"}')`,
    [asked, ref.accountId],
  );
  for (const id of [newId("ver"), newId("ver")]) await beginForSync(pool, ref, id, "s1");
  expect((await rows()).map(({ sync_id }) => sync_id).sort()).toEqual([null, "s1", "s1"]);
});

test("is not written down for an account that is not there, or another tenant's", async () => {
  await beginForSync(pool, { ...ref, accountId: "acc_gone" }, newId("ver"), "s1");
  await beginForSync(pool, { ...ref, tenantId: "other" }, newId("ver"), "s1");
  expect(await rows()).toEqual([]);
  expect((await pool.query("select from verifications where account_id = 'acc_gone'")).rows).toEqual([]);
});
