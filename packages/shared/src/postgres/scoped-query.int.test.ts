import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestPool, type TestPool } from "../testing/create-test-pool.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { createPool, type SweepingPool } from "./create-pool.ts";
import { inTransaction } from "./in-transaction.ts";

let database: TestDatabase;
let world: TestPool;
/** One connection: whatever is left on it, the next statement meets. */
let pool: SweepingPool;

const tenantsSql = "select id from tenants order by id";

beforeAll(async () => {
  database = await createTestDatabase();
  world = createTestPool(database.url, "sync-api", 4);
  pool = createPool(database.url, "sync-api", 1, silentLogger);
  await world.query(`insert into tenants (id, name) values ('a', 'A'), ('b', 'B'), ('o''h"\\,{no}', 'C')`);
});
afterAll(async () => {
  await pool?.end();
  await world?.end();
  await database?.drop();
});

async function idsOf(asked: Promise<{ rows: { id: string }[] }>): Promise<string[]> {
  return (await asked).rows.map(({ id }) => id);
}

describe("a statement", () => {
  it("is shown the tenants that it names, and the next one on the connection none of them", async () => {
    expect(await idsOf(pool.of("a").query(tenantsSql))).toEqual(["a"]);
    expect(await idsOf(pool.ofNobody().query(tenantsSql))).toEqual([]);
    expect(await idsOf(pool.ofTenants(["a", "b"]).query(tenantsSql))).toEqual(["a", "b"]);
    expect(await idsOf(pool.ofTenants([]).query(tenantsSql))).toEqual([]);
    expect(await idsOf(pool.ofAll().query(tenantsSql))).toHaveLength(3);
    const client = await pool.connect();
    expect(await idsOf(client.query(tenantsSql))).toEqual([]);
    client.release();
  });

  it("names a tenant, whatever it is called", async () => {
    expect(await idsOf(pool.of(`o'h"\\,{no}`).query(tenantsSql))).toEqual([`o'h"\\,{no}`]);
    for (const id of ["*", "{*}", "a,b", '"a"', "{a,b}", "NULL", ""])
      expect(await idsOf(pool.of(id).query(tenantsSql))).toEqual([]);
  });

  it("is one transaction: what it writes stays, and what is refused leaves nothing", async () => {
    const rename = "update tenants set name = $1 where id = 'a' returning name";
    expect((await pool.of("a").query(rename, ["A2"])).rows).toEqual([{ name: "A2" }]);
    expect((await pool.of("b").query(rename, ["A3"])).rowCount).toBe(0);
    await expect(
      pool
        .of("a")
        .query(
          "with renamed as (update tenants set name = 'x') select 1 / (select count(*) - 1 from tenants)",
        ),
    ).rejects.toMatchObject({ code: "22012" });
    expect((await world.query("select name from tenants where id = 'a'")).rows).toEqual([{ name: "A2" }]);
  });

  it("that failed leaves its tenants to nobody", async () => {
    for (const bad of [
      "select 1 / 0 from tenants",
      "selec",
      "select * from no_such_table",
      "select $1::int",
    ]) {
      await expect(pool.of("a").query(bad)).rejects.toMatchObject({ code: expect.any(String) });
      expect(await idsOf(pool.ofNobody().query(tenantsSql))).toEqual([]);
    }
    const unsendable = {
      toPostgres: () => {
        throw new Error("cannot be sent");
      },
    };
    await expect(pool.of("a").query("select $1::text", [unsendable])).rejects.toThrow("cannot be sent");
    expect(await idsOf(pool.ofNobody().query(tenantsSql))).toEqual([]);
  });

  it("with a name is prepared once, and shows each tenant its own", async () => {
    const query = { name: "mine", text: "select id, $1::int as n from tenants where id <> $2 order by id" };
    for (let n = 0; n < 8; n++) {
      expect((await pool.of("a").query({ ...query, values: [n, "x"] })).rows).toEqual([{ id: "a", n }]);
      expect((await pool.of("b").query({ ...query, values: [n, "x"] })).rows).toEqual([{ id: "b", n }]);
      expect((await pool.ofNobody().query({ ...query, values: [n, "x"] })).rows).toEqual([]);
    }
    await expect(pool.of("a").query({ name: "mine", text: "select 1" })).rejects.toThrow(/must be unique/);
    expect(await idsOf(pool.ofNobody().query(tenantsSql))).toEqual([]);
  });

  it("that the database does not know at first is prepared anew", async () => {
    const query = { name: "later", text: "select count(*)::int as n from later_table" };
    await expect(pool.ofNobody().query(query)).rejects.toMatchObject({ code: "42P01" });
    await world.query("create table later_table (); grant select on later_table to millrace_sync_api");
    expect((await pool.ofNobody().query(query)).rows).toEqual([{ n: 0 }]);
    await world.query("drop table later_table");
  });

  it("gives rows, counts and types as the driver does", async () => {
    const { rows, rowCount, command, fields } = await pool
      .of("a")
      .query(
        "select id, 1::int4 as four, now() as at, '{\"x\":[1]}'::jsonb as json, null as nothing from tenants",
      );
    expect({ rowCount, command, names: fields.map(({ name }) => name) }).toEqual({
      rowCount: 1,
      command: "SELECT",
      names: ["id", "four", "at", "json", "nothing"],
    });
    expect(rows).toEqual([{ id: "a", four: 1, at: expect.any(Date), json: { x: [1] }, nothing: null }]);
    expect((await pool.of("a").query("select from tenants where id = 'b'")).rowCount).toBe(0);
  });

  it("of many at once gets its own tenant's rows", async () => {
    const ids = Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? "a" : "b"));
    expect(
      await Promise.all(ids.map(async (id) => (await idsOf(world.of(id).query(tenantsSql)))[0])),
    ).toEqual(ids);
  });

  it("whose connection is cut fails, and the next one has another", async () => {
    const slow = pool
      .of("a")
      .query("select pg_sleep(30)")
      .catch((error: unknown) => error);
    await expect
      .poll(async () => {
        const { rows } = await world.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where query like 'select pg_sleep%' and datname = current_database()",
        );
        return rows.length;
      })
      .toBe(1);
    expect(await slow).toBeInstanceOf(Error);
    expect(await idsOf(pool.of("a").query(tenantsSql))).toEqual(["a"]);
  });
});

describe("a transaction", () => {
  it("shows its tenants until it ends, however it does", async () => {
    const seen = await inTransaction(pool.of("a"), async (client) => {
      await client.query("update tenants set name = 'A4'");
      return idsOf(client.query(tenantsSql));
    });
    expect(seen).toEqual(["a"]);
    expect(await idsOf(pool.ofNobody().query(tenantsSql))).toEqual([]);
    const failed = inTransaction(
      pool.of("a"),
      async () => {
        throw new Error("no");
      },
      () => true,
    );
    await expect(failed).rejects.toThrow("no");
    expect(await idsOf(pool.ofNobody().query(tenantsSql))).toEqual([]);
    expect((await world.query("select name from tenants where name = 'A4'")).rows).toEqual([{ name: "A4" }]);
  });

  it("that could not be rolled back takes its connection with it", async () => {
    const scope = pool.of("a");
    let pid = 0;
    const stuck = {
      ...scope,
      connect: async () => {
        const client = await scope.connect();
        const { query } = client;
        const asking = query.bind(client) as (sql: string) => Promise<unknown>;
        const deaf = (sql: string) =>
          sql === "rollback" ? Promise.reject(new Error("no answer")) : asking(sql);
        client.query = deaf as typeof client.query;
        return client;
      },
    };
    const failing = inTransaction(
      stuck,
      async (client) => {
        pid = (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]?.pid ?? 0;
        throw new Error("no");
      },
      () => true,
    );
    await expect(failing).rejects.toThrow("no");
    const { rows } = await pool.ofNobody().query<{ pid: number }>("select pg_backend_pid() as pid");
    expect(rows[0]?.pid).not.toBe(pid);
  });

  it("names a tenant, whatever it is called", async () => {
    const hostile = `a'; set local millrace.tenants = '{*}'; --`;
    for (const id of [hostile, "*", "\\", `o'h"\\,{no}`]) {
      const seen = await inTransaction(pool.of(id), (client) => idsOf(client.query(tenantsSql)));
      expect(seen).toEqual(id === `o'h"\\,{no}` ? [id] : []);
    }
  });
});
