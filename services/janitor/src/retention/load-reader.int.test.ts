import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadReader } from "./load-reader.ts";
import { RetentionScope } from "./retention-scope.ts";

let database: TestDatabase;
let pool: TestPool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "janitor");
  await pool.query("insert into tenants (id, name) values ('acme', 'Acme')");
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

const syncsReader = () => {
  const readLoad = loadReader(pool);
  return async () => (await readLoad()).syncs;
};
const setRunning = (isRunning: boolean) =>
  pool.query(
    isRunning
      ? `insert into syncs (id, tenant_id, account_id, status, created_at, epoch, seq) values ('syn_1', 'acme', 'acc_1', 'running', now(), 1, 1)`
      : "update syncs set status = 'completed', ended_at = now()",
  );

it("a sync that begins while a run is under way is noticed within a second or so, and its end as well", async () => {
  const readLoad = syncsReader();
  expect(await readLoad()).toBe("idle");
  await setRunning(true);
  await expect.poll(readLoad, { timeout: 5_000 }).toBe("busy");
  await setRunning(false);
  await expect.poll(readLoad, { timeout: 5_000 }).toBe("idle");
});

it("a sync that is said to run, and has not moved for minutes, slows nothing down until it moves again", async () => {
  await pool.query(
    `insert into syncs (id, tenant_id, account_id, status, created_at, epoch, seq)
     values ('syn_2', 'acme', 'acc_1', 'running', now() - interval '1 day', 1, 2)`,
  );
  const tell = (seq: number, minutes: number) =>
    pool.query(
      `insert into events (epoch, seq, id, tenant_id, account_id, sync_id, type, source, happened_at, fact)
       values (1, $1::integer, 'e' || $1::integer, 'acme', 'acc_1', 'syn_2', 'chunk.fetched', 'test', now() - make_interval(mins => $2::integer), '{}')`,
      [seq, minutes],
    );
  expect(await syncsReader()()).toBe("idle");
  await tell(10, 6);
  expect(await syncsReader()()).toBe("idle");
  await tell(11, 4);
  expect(await syncsReader()()).toBe("busy");
});

it("a run rests after each piece as the load is then", async () => {
  let factor = 0;
  const asked: number[] = [];
  const restFactor = async () => {
    asked.push(factor);
    return factor;
  };
  const { signal } = new AbortController();
  const scope = new RetentionScope({ now: new Date(), tenantId: null, isDryRun: false, signal, restFactor });
  const piece = async (): Promise<{ workedMs: number; restedMs: number }> => {
    const beganMs = performance.now();
    while (performance.now() - beganMs < 20);
    const workedMs = performance.now() - beganMs;
    await scope.pause();
    return { workedMs, restedMs: performance.now() - beganMs - workedMs };
  };
  await piece();
  factor = 9;
  const { workedMs, restedMs } = await piece();
  expect(restedMs).toBeGreaterThan(8 * workedMs);
  factor = 0;
  await piece();
  expect(asked).toEqual([0, 9, 0]);
});
