import { describe, expect, it } from "vitest";
import { createQuotaGovernor, type QuotaGovernor, type QuotaLimits } from "./quota-governor.ts";
import { memoryBudgetStore } from "./testing/memory-budget-store.ts";

const minuteMs = 60_000;
const limits: QuotaLimits = {
  account: { units: 6_000, windowMs: minuteMs, unitsPerDay: null },
  project: { units: 60_000, windowMs: minuteMs, unitsPerDay: null },
};
/** Two seconds of an account's budget, a fifth of one of the project's. */
const callUnits = 200;
const refOf = (n: number) => ({ tenantId: "acme", accountId: `acc_${n}` });

/** Time passes when everybody sleeps. */
function virtualClock(startMs = 1_000_000_000) {
  let nowMs = startMs;
  const sleepers: { atMs: number; wake: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    sleep: (ms: number) =>
      new Promise<void>((wake) => {
        sleepers.push({ atMs: nowMs + ms, wake });
      }),
    /** Runs until nobody sleeps that wakes before the end. */
    async run(endMs: number): Promise<void> {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = sleepers.toSorted((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined || next.atMs > endMs) return;
        sleepers.splice(sleepers.indexOf(next), 1);
        nowMs = Math.max(nowMs, next.atMs);
        next.wake();
      }
    },
  };
}

/** Refuses what is too much in any minute, as Gmail does. */
function strictProvider(nowMs: () => number) {
  const inMinute: { atMs: number; account: number; units: number }[] = [];
  const used = new Map<number, number>();
  let throttled = 0;
  return {
    used,
    throttles: () => throttled,
    call(account: number, units: number): void {
      while (inMinute[0] !== undefined && inMinute[0].atMs <= nowMs() - minuteMs) inMinute.shift();
      const spent = (of: typeof inMinute) => of.reduce((sum, call) => sum + call.units, units);
      const isTooMuch =
        spent(inMinute.filter((call) => call.account === account)) > limits.account.units ||
        spent(inMinute) > limits.project.units;
      if (isTooMuch) {
        throttled++;
        return;
      }
      inMinute.push({ atMs: nowMs(), account, units });
      used.set(account, (used.get(account) ?? 0) + units);
    },
  };
}

/** Works for one account for ever, as a fetcher does. */
async function work(
  governor: QuotaGovernor,
  clock: ReturnType<typeof virtualClock>,
  provider: ReturnType<typeof strictProvider>,
  account: number,
  lateMs: (nowMs: number) => number = () => 30 + (account % 7) * 10,
): Promise<void> {
  for (let hasWaited = false; ; ) {
    const answer = await governor.reserve(
      refOf(account),
      { units: callUnits, lane: "bulk", hasWaited },
      undefined,
    );
    hasWaited = answer.kind === "later";
    if (answer.kind === "later") {
      await clock.sleep(Math.max(0, answer.atMs - clock.nowMs() - 1_000));
      continue;
    }
    await clock.sleep(lateMs(clock.nowMs())); // until the call arrives
    provider.call(account, callUnits);
    await governor.useLater(refOf(account), callUnits, answer.atMs);
    await clock.sleep(100);
  }
}

describe.each([
  ["one account with three workers", 1, 3],
  ["as many accounts as the project allows", 10, 2],
  ["more accounts than the project allows", 30, 3],
])("%s", (_, accounts, workers) => {
  it("use what is allowed nearly wholly, and meet no throttle", { timeout: 60_000 }, async () => {
    const clock = virtualClock();
    const governor = createQuotaGovernor({ store: memoryBudgetStore(), limits, ...clock });
    const asked = { count: 0 };
    const counted: QuotaGovernor = {
      ...governor,
      reserve: (...input) => {
        asked.count++;
        return governor.reserve(...input);
      },
    };
    const provider = strictProvider(clock.nowMs);
    for (let n = 0; n < accounts; n++)
      for (let i = 0; i < workers; i++) void work(counted, clock, provider, n);
    const startMs = clock.nowMs();
    const minutes = 40;
    await clock.run(startMs + minutes * minuteMs);
    expect(provider.throttles()).toBe(0);
    const shares = Array.from({ length: accounts }, (_unused, n) => provider.used.get(n) ?? 0);
    const used = shares.reduce((sum, share) => sum + share, 0);
    const ceiling = Math.min(accounts * limits.account.units, limits.project.units) * minutes;
    expect(used / ceiling).toBeGreaterThan(0.99);
    // Who is told to come back comes back once or twice.
    expect(asked.count / (used / callUnits)).toBeLessThan(3);
    const jain =
      shares.reduce((sum, share) => sum + share, 0) ** 2 /
      (accounts * shares.reduce((sum, share) => sum + share ** 2, 0));
    expect(jain).toBeGreaterThan(0.98);
  });
});

it("syncs, in bulk and of new mail, get on beside comparisons of every account as fast as without them", {
  timeout: 60_000,
}, async () => {
  const minutes = 20;
  const measure = async (isCompared: boolean) => {
    const clock = virtualClock();
    const governor = createQuotaGovernor({
      store: memoryBudgetStore(),
      limits,
      backgroundShare: 0.1,
      ...clock,
    });
    const provider = strictProvider(clock.nowMs);
    const startMs = clock.nowMs();
    for (let i = 0; i < 3; i++) void work(governor, clock, provider, 0);
    let liveWaitMs = 0;
    let background = 0;
    const syncNewMail = async (account: number): Promise<void> => {
      for (let turn = 0; ; turn++) {
        await clock.sleep(17_000 + ((account * 7_919 + turn * 104_729) % 20_000));
        const askedMs = clock.nowMs();
        for (;;) {
          const answer = await governor.reserve(refOf(account), { units: 400, lane: "live" }, undefined);
          if (answer.kind === "granted") break;
          await clock.sleep(answer.atMs - clock.nowMs());
        }
        liveWaitMs += clock.nowMs() - askedMs;
      }
    };
    const compare = async (account: number): Promise<void> => {
      for (;;) {
        const answer = await governor.reserve(refOf(account), { units: 5, lane: "background" }, undefined);
        if (answer.kind === "granted") background += answer.units;
        await clock.sleep(answer.kind === "granted" ? 50 : Math.max(100, answer.atMs - clock.nowMs()));
      }
    };
    for (let account = 0; account < 10; account++) {
      if (account > 0) void syncNewMail(account);
      if (isCompared) void compare(account);
    }
    await clock.run(startMs + minutes * minuteMs);
    return { bulk: provider.used.get(0) ?? 0, liveWaitMs, background };
  };
  const [without, beside] = [await measure(false), await measure(true)];
  expect(beside.bulk).toBeGreaterThanOrEqual(0.99 * without.bulk);
  expect(beside.liveWaitMs).toBeLessThanOrEqual(without.liveWaitMs);
  // Of the project's share nearly all, while less than half of it is used.
  expect(beside.background).toBeGreaterThan(0.8 * 0.1 * limits.project.units * minutes);
  expect(beside.background).toBeLessThanOrEqual(1.05 * 0.1 * limits.project.units * minutes);
});

it("a process that is held up now and then makes the project refuse nothing, and costs next to nothing", {
  timeout: 60_000,
}, async () => {
  const clock = virtualClock();
  const governor = createQuotaGovernor({ store: memoryBudgetStore(), limits, ...clock });
  const provider = strictProvider(clock.nowMs);
  // Every eleven seconds everything waits for most of a second.
  const heldUpMs = (nowMs: number) => Math.max(20, 900 - (nowMs % 11_000));
  for (let n = 0; n < 30; n++) for (let i = 0; i < 3; i++) void work(governor, clock, provider, n, heldUpMs);
  const minutes = 20;
  await clock.run(clock.nowMs() + minutes * minuteMs);
  expect(provider.throttles()).toBe(0);
  const used = [...provider.used.values()].reduce((sum, units) => sum + units, 0);
  expect(used / (limits.project.units * minutes)).toBeGreaterThan(0.98);
});

it("a newcomer comes at once, however many work in bulk", { timeout: 60_000 }, async () => {
  const clock = virtualClock();
  const governor = createQuotaGovernor({ store: memoryBudgetStore(), limits, ...clock });
  const provider = strictProvider(clock.nowMs);
  for (let n = 0; n < 20; n++) for (let i = 0; i < 4; i++) void work(governor, clock, provider, n);
  await clock.run(clock.nowMs() + 5 * minuteMs);
  const askedMs = clock.nowMs();
  const waits: number[] = [];
  void governor.reserve(refOf(99), { units: 1_000, lane: "live" }, undefined).then(({ kind }) => {
    waits.push(kind === "granted" ? clock.nowMs() - askedMs : Number.POSITIVE_INFINITY);
  });
  await clock.run(askedMs + 5_000);
  expect(waits[0]).toBeLessThanOrEqual(2_500);
});

it("what the project has no room for costs its account nothing", async () => {
  const clock = virtualClock();
  const store = memoryBudgetStore();
  const governor = createQuotaGovernor({
    store,
    limits: { ...limits, project: { ...limits.project, units: 1_000 } },
    ...clock,
  });
  expect(await governor.reserve(refOf(1), { units: 1_000, lane: "bulk" }, undefined)).toMatchObject({
    kind: "granted",
  });
  expect(await governor.reserve(refOf(2), { units: 1_000, lane: "bulk" }, undefined)).toMatchObject({
    kind: "later",
    whose: "project",
  });
  expect(store.states.get("account.acme.acc_2")?.given).toEqual([]);
});

it("a throttle stops all workers of its account, and no other account", async () => {
  const clock = virtualClock();
  const governor = createQuotaGovernor({ store: memoryBudgetStore(), limits, ...clock });
  const untilMs = clock.nowMs() + 20_000;
  governor.throttled(refOf(1), untilMs);
  expect(await governor.reserve(refOf(1), { units: 20, lane: "live" }, undefined)).toEqual({
    kind: "later",
    atMs: untilMs,
    whose: "account",
  });
  expect(await governor.reserve(refOf(2), { units: 20, lane: "live" }, undefined)).toMatchObject({
    kind: "granted",
  });
});
