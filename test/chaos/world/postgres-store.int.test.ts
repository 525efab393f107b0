import { ReadOnlyServerError } from "@millrace/shared/postgres/assume-role";
import { createPool, type PoolOf } from "@millrace/shared/postgres/create-pool";
import { isDatabaseAway } from "@millrace/shared/postgres/is-database-away";
import { migrate } from "@millrace/shared/postgres/migrate";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChaosFolder, makeChaosFolder } from "./chaos-folder.ts";
import { Database } from "./database.ts";
import { PostgresStore } from "./postgres-store.ts";

let folder: ChaosFolder;
let store: PostgresStore;
/** A service's, by the name that leads to the primary. */
let pool: PoolOf<"janitor">;
let owner: Database;

beforeAll(async () => {
  folder = makeChaosFolder(0, null);
  store = await PostgresStore.start(folder);
  await migrate(store.url("postgres"));
  await store.attachStandby();
  owner = new Database(store.url("postgres"));
  pool = createPool(store.url("postgres"), "janitor", 2, silentLogger);
}, 120_000);
afterAll(async () => {
  await Promise.all([pool?.end(), owner?.close()]);
  await store?.stop();
  folder?.remove(false);
});

const tenants = async (): Promise<number> => {
  const [row] = await owner.query<{ tenants: number }>("select count(*)::int as tenants from tenants");
  return row?.tenants ?? 0;
};
const addTenants = (from: number, to: number) =>
  owner.query(
    "insert into tenants (id, name) select 't' || n, 't' from generate_series($1::int, $2::int) as n",
    [from, to],
  );

describe("a Postgres with a standby", () => {
  it("is not the standby for a service: a connection that takes no writes is none, and it is tried again", async () => {
    const url = Object.assign(new URL(store.url("postgres")), { port: store.standbyPort }).href;
    const misled = createPool(url, "janitor", 1, silentLogger);
    const error = await misled
      .ofNobody()
      .query("select 1")
      .catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ReadOnlyServerError);
    expect(isDatabaseAway(error)).toBe(true);
    await misled.end();
    expect((await pool.ofNobody().query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  it("has lost nothing that was committed when its primary is killed, and the service's pool goes on by itself", async () => {
    await addTenants(1, 500);
    const before = store.port;
    await store.failOver();
    expect(store.port).not.toBe(before);
    expect(await tenants()).toBe(500);
    await expect
      .poll(
        () =>
          pool
            .ofNobody()
            .query("select 1 as one")
            .catch(() => null),
        { timeout: 10_000 },
      )
      .toMatchObject({ rows: [{ one: 1 }] });
    await store.attachStandby();
    await addTenants(501, 600);
    await store.failOver();
    expect(await tenants()).toBe(600);
    await store.attachStandby();
  });

  it("has lost what a standby that nobody waits for did not have", async () => {
    await store.leaveStandbyBehind();
    await addTenants(601, 700);
    await store.failOver();
    expect(await tenants()).toBe(600);
  });
});
