import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { afterAll, beforeAll, expect, it } from "vitest";
import { silentLogger } from "../testing/silent-logger.ts";
import { createOwnerPool, createPool, type OwnerPool } from "./create-pool.ts";
import { withClient } from "./with-client.ts";

let database: TestDatabase;
let pool: OwnerPool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createOwnerPool(database.url, "test", 2, silentLogger);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

it("a connection that is cut while it is out fails its work, not the process, and is not used again", async () => {
  const cut = withClient(pool, async (client) => {
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    await pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
    await new Promise((resolve) => setTimeout(resolve, 200)); // idle, as between two statements of a transaction
    await client.query("select 1");
  });
  await expect(cut).rejects.toThrow();
  expect(await withClient(pool, async (client) => (await client.query("select 1 as one")).rows)).toEqual([
    { one: 1 },
  ]);
});

it("gives a sound connection back", async () => {
  const pidOf = () =>
    withClient(
      pool,
      async (client) => (await client.query("select pg_backend_pid() as pid")).rows[0].pid as number,
    );
  expect(await pidOf()).toBe(await pidOf());
  expect(pool.idleCount).toBe(pool.totalCount);
});

it("a connection that does not answer any more is given up, and the next query has another one", async () => {
  const impatient = createPool(database.url, "chunker", 1, silentLogger, { answerMsMax: 300 });
  await expect(impatient.ofNobody().query("select pg_sleep(20)")).rejects.toThrow(/timeout/);
  await expect(withClient(impatient, (client) => client.query("select pg_sleep(20)"))).rejects.toThrow(
    /timeout/,
  );
  expect((await impatient.ofNobody().query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await impatient.end();
});
