import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BudgetLimits,
  type BudgetRequest,
  type BudgetState,
  currentLimit,
  freshBudget,
  giveBack,
  postpone,
  readBudget,
  reserve,
  startOfDayMs,
  throttle,
} from "./budget.ts";

const limits: BudgetLimits = { units: 6_000, windowMs: 60_000, unitsPerDay: null };
const start = Date.parse("2026-11-25T12:00:00Z");
const chunk: BudgetRequest = { units: 2_000, lane: "bulk", patienceMs: 2_000 };
const ask = (state: BudgetState, request: Partial<BudgetRequest>, nowMs: number, of = limits) =>
  reserve(state, of, { ...chunk, ...request }, nowMs);

/** Asks as long as there is time, and comes back when it is told to. */
function saturate(
  of: BudgetLimits,
  request: BudgetRequest,
  forMs: number,
): { units: number; state: BudgetState } {
  let state = freshBudget;
  let units = 0;
  for (let nowMs = start; ; ) {
    const answer = reserve(state, of, request, nowMs);
    state = answer.state;
    if (answer.atMs >= start + forMs) return { units, state };
    nowMs = answer.atMs;
    if (answer.kind === "granted") units += request.units;
  }
}

describe("a window", () => {
  const request = fc.record({
    waitMs: fc.integer({ min: 0, max: 30_000 }),
    units: fc.integer({ min: 1, max: 2_500 }),
    lane: fc.constantFrom("live" as const, "bulk" as const, "background" as const),
    patienceMs: fc.integer({ min: 0, max: 5_000 }),
  });

  it("never holds more than the limit, wherever it begins, also when calls arrive late", {
    timeout: 60_000,
  }, () => {
    fc.assert(
      fc.property(fc.array(request, { minLength: 20, maxLength: 120 }), (requests) => {
        let state = freshBudget;
        let nowMs = start;
        const calls: { atMs: number; units: number }[] = [];
        for (const { waitMs, ...asked } of requests) {
          nowMs += waitMs;
          const answer = reserve(state, limits, asked, nowMs);
          expect(answer.atMs).toBeGreaterThanOrEqual(nowMs);
          state = answer.state;
          if (answer.kind === "later") continue;
          expect(answer.atMs - nowMs).toBeLessThanOrEqual(asked.patienceMs);
          calls.push({ atMs: answer.atMs, units: asked.units });
        }
        for (const late of [0, 150]) {
          // One call in two arrives late.
          const arrived = calls.map(({ atMs, units }, i) => ({ atMs: atMs + (i % 2) * late, units }));
          for (const { atMs: endMs } of arrived) {
            const inWindow = arrived.filter(({ atMs }) => atMs > endMs - limits.windowMs && atMs <= endMs);
            expect(inWindow.reduce((sum, { units }) => sum + units, 0)).toBeLessThanOrEqual(limits.units);
          }
        }
      }),
    );
  });

  it.each([
    ["a message at a time", 20],
    ["a batch", 1_000],
    ["a chunk", 2_000],
    ["what does not divide the limit", 700],
  ])("is used nearly wholly: %s", { timeout: 60_000 }, (_, units) => {
    const minutes = 60;
    for (const lane of ["live", "bulk"] as const) {
      const { units: used } = saturate(limits, { units, lane, patienceMs: 0 }, minutes * limits.windowMs);
      const ceiling = Math.floor(limits.units / units) * units;
      expect(used / (ceiling * minutes)).toBeGreaterThan(0.99);
    }
  });

  it("remembers slices of time, not calls", { timeout: 60_000 }, () => {
    const project = { units: 1_200_000, windowMs: 60_000, unitsPerDay: null };
    expect(
      saturate(project, { units: 20, lane: "live", patienceMs: 0 }, 90_000).state.given.length,
    ).toBeLessThan(610);
  });

  it("a call that is more than a window holds is let through when nothing else was, and not refused for ever", () => {
    const first = ask(freshBudget, { units: 9_000, lane: "live" }, start);
    expect(first).toMatchObject({ kind: "granted", atMs: start });
    const second = ask(first.state, { units: 20, lane: "live" }, start);
    expect(second.kind).toBe("later");
    expect(second.atMs - start).toBeGreaterThan(60_000);
  });
});

describe("bulk work", () => {
  it("begins at once, and is spread from then on", () => {
    const first = ask(freshBudget, {}, start);
    expect(first).toMatchObject({ kind: "granted", atMs: start });
    const second = ask(first.state, {}, start);
    expect(second).toMatchObject({ kind: "later", atMs: start + 10_000 });
  });

  it("that is told to come back is lined up at the pace at which units are given", () => {
    let state = ask(freshBudget, {}, start).state;
    const places = Array.from({ length: 4 }, () => {
      const answer = ask(state, {}, start);
      state = answer.state;
      return answer.atMs - start;
    });
    expect(places.map((ms) => Math.round(ms / 1_000))).toEqual([10, 30, 50, 70]);
  });

  it("is not before live work that was told to come back, which is lined up as well", () => {
    const full = { ...chunk, units: 6_000, lane: "live" as const };
    let { state } = reserve(freshBudget, limits, full, start);
    const places = (["bulk", "live", "live"] as const).map((lane) => {
      const answer = ask(state, { lane }, start);
      state = answer.state;
      return answer.atMs - start;
    });
    const [bulk = 0, first = 0, second = 0] = places;
    expect(first).toBeLessThanOrEqual(bulk);
    expect(second - first).toBeCloseTo(20_000, -2);
    expect(ask(state, {}, start).atMs - start).toBeGreaterThanOrEqual(second);
  });

  it("is not in the way of live work, which comes at once as long as the window has room", () => {
    let state = ask(freshBudget, {}, start).state;
    for (let i = 0; i < 4; i++) state = ask(state, {}, start).state;
    expect(ask(state, { units: 25, lane: "live" }, start + 1)).toMatchObject({
      kind: "granted",
      atMs: start + 1,
    });
  });
});

describe("a throttle", () => {
  const spent = ask(freshBudget, {}, start).state;

  it("stops everybody until the time that the provider names; throttles of calls from before move nothing", () => {
    const cooled = throttle(spent, limits, start + 30_000, start + 100);
    expect(ask(cooled, { units: 20, lane: "live" }, start + 200)).toMatchObject({
      kind: "later",
      atMs: start + 30_000,
    });
    expect(throttle(cooled, limits, start + 90_000, start + 5_000)).toBe(cooled);
    expect(throttle(cooled, limits, undefined, start + 29_999)).toBe(cooled);
  });

  it("without a time stops for a twelfth of the window", () => {
    expect(throttle(spent, limits, undefined, start).coolUntilMs).toBe(start + 5_000);
  });

  it("lowers the rate to about what went through; success restores it slowly", () => {
    const cooled = throttle(spent, limits, undefined, start + 100);
    expect(currentLimit(cooled, limits, start + 100)).toBeCloseTo(0.7 * 6_000);
    const half = { ...limits, units: 2_200 };
    expect(currentLimit(throttle(spent, half, undefined, start + 100), half, start + 100)).toBeCloseTo(
      0.9 * 2_000,
    );
    expect(currentLimit(cooled, limits, start + 5_000 + 5 * 60_000)).toBeCloseTo(0.8 * 6_000, -1);
    expect(currentLimit(cooled, limits, start + 3_600_000)).toBe(6_000);
  });

  it("again and again leaves something", () => {
    let state = spent;
    for (let i = 0; i < 100; i++) state = throttle(state, limits, undefined, start + i * 10_000);
    expect(currentLimit(state, limits, start + 1_000_000)).toBeGreaterThanOrEqual(300);
  });

  it("beside another client that takes half, settles below it with a throttle every few minutes", () => {
    const theirs = 3_000;
    let state = freshBudget;
    let throttles = 0;
    let used = 0;
    const passed: { atMs: number; units: number }[] = [];
    for (let nowMs = start; nowMs < start + 3_600_000; ) {
      const answer = ask(state, { units: 1_000, patienceMs: 0 }, nowMs);
      state = answer.state;
      nowMs = answer.atMs;
      if (answer.kind === "later") continue;
      const inWindow = passed
        .filter(({ atMs }) => atMs > nowMs - 60_000)
        .reduce((sum, { units }) => sum + units, 0);
      if (inWindow + 1_000 + theirs > limits.units) {
        throttles++;
        state = throttle(state, limits, undefined, nowMs);
      } else {
        passed.push({ atMs: nowMs, units: 1_000 });
        used += 1_000;
      }
    }
    expect(throttles).toBeLessThan(20);
    expect(used / (60 * 3_000)).toBeGreaterThan(0.8);
  });
});

describe("units that are used later than they were given", () => {
  const { state, atMs } = ask(freshBudget, {}, start);

  it("count from then on", () => {
    const later = postpone(state, limits, 2_000, { fromMs: atMs, toMs: atMs + 5_000 });
    expect(readBudget(later, limits, start + 62_000).used).toBe(2_000);
    expect(readBudget(state, limits, start + 62_000).used).toBe(0);
  });

  it("are moved once, and not made out of nothing", () => {
    const moment = { fromMs: atMs, toMs: atMs + 5_000 };
    const twice = postpone(postpone(state, limits, 2_000, moment), limits, 2_000, moment);
    expect(readBudget(twice, limits, start + 10_000).used).toBe(2_000);
    expect(readBudget(postpone(freshBudget, limits, 2_000, moment), limits, start).used).toBe(0);
  });
});

describe("units that were not used", () => {
  it("are there again", () => {
    const { state, atMs } = ask(freshBudget, {}, start);
    const back = giveBack(state, limits, 2_000, atMs);
    expect(readBudget(state, limits, start).used).toBe(2_000);
    expect(readBudget(back, limits, start).used).toBe(0);
    expect(ask(back, {}, start + 1)).toMatchObject({ kind: "granted", atMs: start + 1 });
  });
});

describe("a limit a day", () => {
  const daily = { ...limits, unitsPerDay: 5_000 };

  it("is counted from midnight, Pacific time, and waited for", () => {
    let state = freshBudget;
    for (let i = 0; i < 2; i++) state = ask(state, { lane: "live" }, start, daily).state;
    expect(ask(state, { lane: "live", units: 1_000 }, start, daily).kind).toBe("granted");
    const answer = ask(state, { lane: "live" }, start, daily);
    expect(answer).toMatchObject({ kind: "later", atMs: Date.parse("2026-11-26T08:00:00Z") });
    expect(ask(answer.state, { lane: "live" }, answer.atMs, daily)).toMatchObject({ kind: "granted" });
  });

  it.each([
    ["2026-11-25T07:59:59Z", "2026-11-24T08:00:00Z"],
    ["2026-11-25T08:00:00Z", "2026-11-25T08:00:00Z"],
    ["2026-07-01T12:00:00Z", "2026-07-01T07:00:00Z"],
    // The clock goes on at 2 o'clock on 8 March 2026, and back on 1 November.
    ["2026-03-08T20:00:00Z", "2026-03-08T08:00:00Z"],
    ["2026-11-01T20:00:00Z", "2026-11-01T07:00:00Z"],
  ])("the day of %s began at %s", (now, began) => {
    expect(new Date(startOfDayMs(Date.parse(now))).toISOString()).toBe(new Date(began).toISOString());
  });
});
