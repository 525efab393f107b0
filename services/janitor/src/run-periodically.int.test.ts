import { setTimeout as sleep } from "node:timers/promises";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
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

it("a run that lasts longer than a silent connection may keeps its lock, and ends when it has lost it", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  let ended: unknown = null;
  const task = start(async (signal) => {
    await sleep(60_000, undefined, { signal }).catch(() => {});
    ended = signal.reason;
  }, 4);
  const holders = async () =>
    (
      await pool.query<{ pid: number; at: Date }>(
        `select l.pid, a.query_start as at from pg_locks l join pg_stat_activity a on a.pid = l.pid
         where locktype = 'advisory' and objid = 4`,
      )
    ).rows;
  try {
    await expect.poll(async () => (await holders()).length, { timeout: 10_000 }).toBe(1);
    const [first] = await holders();
    await vi.advanceTimersByTimeAsync(20_000);
    await expect
      .poll(async () => (await holders())[0]?.at.getTime(), { timeout: 10_000 })
      .toBeGreaterThan(first?.at.getTime() ?? 0);
    expect(ended).toBe(null);
    await pool.query("select pg_terminate_backend($1)", [first?.pid]);
    await expect.poll(async () => (await holders()).length, { timeout: 10_000 }).toBe(0);
    await vi.advanceTimersByTimeAsync(20_000);
    await expect.poll(() => String(ended), { timeout: 10_000 }).toContain("lost its lock");
  } finally {
    vi.useRealTimers();
    await task.stop();
  }
});
