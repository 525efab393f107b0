import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestPool, type TestPool } from "../testing/create-test-pool.ts";
import { createTenantLine, type TenantLine } from "./create-tenant-line.ts";

let database: TestDatabase;
let pool: TestPool;
let line: TenantLine;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "chunker", 20);
  line = createTenantLine(pool);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});
beforeEach(async () => {
  await pool.query("truncate tenants cascade");
});

async function givenTenant(tenantId: string, cap: number | null, accounts: number): Promise<void> {
  await pool.query("insert into tenants (id, name, running_syncs_max) values ($1, $1, $2)", [tenantId, cap]);
  await pool.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials)
     select $1 || n, $1, 'gmail', $1 || n, '' from generate_series(1, $2) n`,
    [tenantId, accounts],
  );
}

const account = (n: number, tenantId = "t") => ({ tenantId, accountId: `${tenantId}${n}` });
const take = (n: number, cause = `take${n}`, tenantId = "t") =>
  line.take(account(n, tenantId), `s${n}`, cause);
const leave = async (n: number, cause = `leave${n}`) =>
  (await line.leave(account(n), `s${n}`, cause)).map(({ accountId }) => accountId);
const seated = async (): Promise<string[]> => {
  const sql = "select account_id from tenant_lines where seated_by is not null order by account_id";
  return (await pool.query<{ account_id: string }>(sql)).rows.map((row) => row.account_id);
};
const waits = async (n: number): Promise<boolean | null> =>
  (await pool.query<{ waits: boolean | null }>("select waits_in_line($1) as waits", [`t${n}`])).rows[0]
    ?.waits ?? null;

describe("a tenant with a cap", () => {
  it("has so many seats, and gives one that is left to whoever waits longest", async () => {
    await givenTenant("t", 2, 5);
    expect([await take(1), await take(2), await take(3), await take(4)]).toEqual([true, true, false, false]);
    expect([await waits(1), await waits(3), await waits(5)]).toEqual([null, true, null]);
    expect(await leave(1)).toEqual(["t3"]);
    expect(await take(3)).toBe(true); // its own event, later
    expect(await take(5)).toBe(false);
    expect(await leave(3)).toEqual(["t4"]);
    expect(await seated()).toEqual(["t2", "t4"]);
  });

  it("tells of a seat again when the event that gave it is delivered again, and gives no other", async () => {
    await givenTenant("t", 1, 3);
    await take(1);
    await take(2);
    await take(3);
    expect(await leave(1)).toEqual(["t2"]);
    expect(await leave(1)).toEqual(["t2"]);
    expect(await seated()).toEqual(["t2"]);
  });

  it("is overtaken by nobody, also when somebody asks again", async () => {
    await givenTenant("t", 1, 4);
    for (const n of [1, 2, 3]) await take(n);
    expect(await take(3)).toBe(false);
    expect(await take(2)).toBe(false);
    await line.leave(account(1), "another sync", "x"); // of one that has no seat
    expect(await seated()).toEqual(["t1"]);
    expect(await leave(1)).toEqual(["t2"]);
  });

  it("has no more seats taken than there are by any number at once, and all of them", async () => {
    const accounts = 60;
    await givenTenant("t", 7, accounts);
    const numbers = Array.from({ length: accounts }, (_, i) => i + 1);
    const taken = await Promise.all(numbers.map((n) => take(n)));
    expect(taken.filter(Boolean)).toHaveLength(7);
    const done = new Set<string>();
    let running = await seated();
    while (running.length > 0) {
      for (const id of running) done.add(id);
      await Promise.all(running.map((id) => leave(Number(id.slice(1)))));
      running = await seated();
      expect(running.length).toBeLessThanOrEqual(7);
    }
    expect(done.size).toBe(accounts);
  });

  it("lets one that was paused go on at once, and nobody start until it is below its cap again", async () => {
    await givenTenant("t", 1, 3);
    await take(1);
    await take(2);
    expect(await leave(1)).toEqual(["t2"]); // paused
    await take(3);
    await line.keep(account(1), "s1", "resumed");
    expect(await seated()).toEqual(["t1", "t2"]);
    expect(await leave(2)).toEqual([]);
    expect(await leave(1)).toEqual(["t3"]);
  });

  it("gives all that wait a seat when the cap is taken away", async () => {
    await givenTenant("t", 1, 4);
    for (const n of [1, 2, 3]) await take(n);
    await pool.query("update tenants set running_syncs_max = null");
    expect(await waits(2)).toBe(false);
    expect(await take(4)).toBe(true);
    expect(await leave(1)).toEqual(["t2", "t3"]);
  });

  it("keeps nobody of another tenant waiting", async () => {
    await givenTenant("t", 1, 2);
    await givenTenant("u", 1, 2);
    expect([await take(1), await take(2)]).toEqual([true, false]);
    expect(await take(1, "u", "u")).toBe(true);
  });

  it("loses the places of accounts that are removed", async () => {
    await givenTenant("t", 1, 3);
    for (const n of [1, 2, 3]) await take(n);
    await pool.query("delete from accounts where id = 't2'");
    expect(await leave(1)).toEqual(["t3"]);
  });
});

describe("a tenant without a cap", () => {
  it("has no line", async () => {
    await givenTenant("t", null, 2);
    expect([await take(1), await take(2)]).toEqual([true, true]);
    await line.keep(account(1), "s1", "resumed");
    expect(await leave(1)).toEqual([]);
    expect((await pool.query("select from tenant_lines")).rowCount).toBe(0);
  });
});
