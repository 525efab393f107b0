import { setTimeout as sleep } from "node:timers/promises";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type PeriodicTask, runPeriodically } from "./run-periodically.ts";

let database: TestDatabase;
let pool: TestPool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "janitor", 8);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

const start = (run: PeriodicTask["run"], lock: number) =>
  runPeriodically({ name: "test", everySeconds: 0.01, lock, run }, pool, silentLogger);

it("a task is run by one copy at a time, again and again", async () => {
  let [running, most, turns] = [0, 0, 0];
  const turn = async () => {
    running++;
    turns++;
    most = Math.max(most, running);
    await sleep(5);
    running--;
  };
  const copies = [1, 2, 3].map(() => start(turn, 1));
  await expect.poll(() => turns, { timeout: 10_000 }).toBeGreaterThan(5);
  await Promise.all(copies.map((copy) => copy.stop()));
  expect(most).toBe(1);
  const { rows } = await pool.query("select from pg_locks where locktype = 'advisory'");
  expect(rows).toEqual([]);
});

it("a task that fails has its next turn, and keeps no other copy from it", async () => {
  let turns = 0;
  const task = start(async () => {
    turns++;
    throw new Error("not this time");
  }, 2);
  await expect.poll(() => turns, { timeout: 10_000 }).toBeGreaterThan(2);
  await task.stop();
});

it("a task is told when the service stops, and is waited for", async () => {
  let isOver = false;
  let isRunning = false;
  const task = start(async (signal) => {
    isRunning = true;
    await sleep(60_000, undefined, { signal }).catch(() => {});
    isOver = true;
  }, 3);
  await expect.poll(() => isRunning, { timeout: 10_000 }).toBe(true);
  await task.stop();
  expect(isOver).toBe(true);
});
