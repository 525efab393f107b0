import { setTimeout as sleep } from "node:timers/promises";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freshBudget, reserve } from "../quota/budget.ts";
import type { BudgetStore } from "../quota/budget-store.ts";
import { createQuotaGovernor } from "../quota/quota-governor.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { connectNats, type Nats } from "./connect-nats.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { natsBudgetStore } from "./nats-budget-store.ts";
import { quotaStream } from "./topology.ts";

let server: TestNats;
/** Each has a connection of its own, as processes have. */
const connections: Nats[] = [];
const limits = { units: 1_000, windowMs: 60_000, unitsPerDay: null };
const ask = { units: 1, lane: "live", patienceMs: 0 } as const;

beforeAll(async () => {
  server = await startTestNats();
  for (let i = 0; i < 4; i++) {
    const size = { replicas: 1, logMebibytes: 64, claimMs: 30_000 };
    connections.push(await connectNats(server.url, "test", silentLogger, size));
  }
  await ensureTopology(connections[0] as Nats);
});
afterAll(async () => {
  for (const { connection } of connections) await connection.close();
  await server?.stop();
});

const newStores = (): BudgetStore[] => connections.map((nats) => natsBudgetStore(nats));

/** @returns whether a unit was given */
const take = (store: BudgetStore, key: string, nowMs: number): Promise<boolean> =>
  store.update(key, (state) => {
    const answer = reserve(state, limits, ask, nowMs);
    return { state: answer.state, result: answer.kind === "granted" };
  });

it("gives each unit once, however many processes take at the same time", async () => {
  const stores = newStores();
  const nowMs = Date.now();
  const taken = await Promise.all(
    Array.from({ length: 1_200 }, (_, i) =>
      take(stores[i % stores.length] as BudgetStore, "account.t.once", nowMs),
    ),
  );
  expect(taken.filter(Boolean)).toHaveLength(1_000);
  const state = await (stores[0] as BudgetStore).read("account.t.once");
  expect(state.given.reduce((sum, [, units]) => sum + units, 0)).toBe(1_000);
});

it("keeps accounts apart, and begins afresh with what nobody has used", async () => {
  const [store] = newStores() as [BudgetStore];
  expect(await store.read("account.t.other")).toEqual(freshBudget);
  expect(await take(store, "account.t.other", Date.now())).toBe(true);
  expect(await store.read("account.t.another")).toEqual(freshBudget);
});

it("that somebody has deleted, or filled with something else, begins afresh", async () => {
  const [first, second] = newStores() as [BudgetStore, BudgetStore];
  const nats = connections[0] as Nats;
  expect(await take(first, "account.t.lost", Date.now())).toBe(true);
  await nats.jsm.streams.delete(quotaStream.name);
  expect(await second.read("account.t.lost")).toEqual(freshBudget);
  await expect(take(first, "account.t.lost", Date.now())).rejects.toThrow(); // the work waits, and comes again
  await expect.poll(() => take(second, "account.t.lost", Date.now()).catch(() => false)).toBe(true);
  await nats.js.publish("quota.account.t.odd", '{"given":"nonsense"}');
  expect(await take(first, "account.t.odd", Date.now())).toBe(true);
});

it("is made anew after the broker was restarted, which forgets its memory", async () => {
  const [store] = newStores() as [BudgetStore];
  expect(await take(store, "account.t.restart", Date.now())).toBe(true);
  await server.restart();
  const [other] = newStores() as [BudgetStore];
  const again = () => take(other, "account.t.restart", Date.now()).catch(() => false);
  await expect.poll(again, { timeout: 20_000 }).toBe(true);
});

it("governs workers of several processes as one", async () => {
  const windowMs = 2_000;
  const quota = {
    account: { units: 100, windowMs, unitsPerDay: null },
    project: { units: 1_000, windowMs, unitsPerDay: null },
  };
  const calls: number[] = [];
  const endMs = Date.now() + 3 * windowMs;
  const ref = { tenantId: "t", accountId: "governed" };
  const work = async (store: BudgetStore): Promise<void> => {
    const governor = createQuotaGovernor({
      store,
      limits: quota,
      nowMs: Date.now,
      sleep: (ms) => sleep(ms),
    });
    while (Date.now() < endMs) {
      const answer = await governor.reserve(ref, { units: 5, lane: "live" }, undefined);
      if (answer.kind === "granted") calls.push(answer.atMs);
      else await sleep(answer.atMs - Date.now());
    }
  };
  await Promise.all(newStores().flatMap((store) => [work(store), work(store)]));
  for (const end of calls) {
    const inWindow = calls.filter((at) => at > end - windowMs && at <= end).length * 5;
    expect(inWindow).toBeLessThanOrEqual(quota.account.units);
  }
  // Three windows hold four bursts at most, and at least as much as three.
  expect(calls.length * 5).toBeGreaterThanOrEqual(3 * quota.account.units);
});
