import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BudgetLimits,
  type BudgetRequest,
  type BudgetState,
  freshBudget,
  giveBack,
  type QuotaLane,
  reserve,
  startOfDayMs,
} from "./budget.ts";

const minuteMs = 60_000;
const limits: BudgetLimits = { units: 6_000, windowMs: minuteMs, unitsPerDay: null };
const start = Date.parse("2026-11-25T12:00:00Z");
const page: BudgetRequest = { units: 5, lane: "background", share: 0.1, patienceMs: 2_000 };

interface Worker {
  readonly request: BudgetRequest;
  /** When it asks next. */
  atMs: number;
  units: number;
}
const workerOf = (lane: QuotaLane, units: number, atMs = start): Worker => ({
  request: { ...page, lane, units },
  atMs,
  units: 0,
});

/** Everybody asks as soon as it may, one after the other in the order of time. */
function work(workers: readonly Worker[], forMs: number, of = limits): BudgetState {
  let state = freshBudget;
  for (;;) {
    const next = workers.toSorted((a, b) => a.atMs - b.atMs)[0];
    if (next === undefined || next.atMs >= start + forMs) return state;
    const answer = reserve(state, of, next.request, next.atMs);
    state = answer.state;
    if (answer.kind === "granted") next.units += answer.units;
    next.atMs = Math.max(answer.atMs, next.atMs + 1);
  }
}

describe("the background", () => {
  it("alone uses its share, and no more", () => {
    const background = workerOf("background", 5);
    work([background], 10 * minuteMs);
    expect(background.units).toBeGreaterThan(5_900);
    expect(background.units).toBeLessThanOrEqual(6_005);
  });

  it("costs bulk work of the same budget next to nothing, and waits for its end", () => {
    const alone = workerOf("bulk", 2_000);
    work([alone], 10 * minuteMs);
    const [bulk, background] = [workerOf("bulk", 2_000), workerOf("background", 5)];
    work([bulk, background], 10 * minuteMs);
    expect(bulk.units).toBeGreaterThanOrEqual(alone.units - 2_000);
    expect(background.units).toBeLessThan(0.01 * alone.units);
  });

  it("never keeps live work waiting that takes no more than its share leaves", () => {
    const lives = fc.array(
      fc.record({ waitMs: fc.integer({ min: 0, max: 40_000 }), units: fc.integer({ min: 1, max: 1_500 }) }),
      { minLength: 5, maxLength: 60 },
    );
    fc.assert(
      fc.property(lives, (asked) => {
        let state = freshBudget;
        let nowMs = start;
        let nextMs = start;
        const given: { atMs: number; units: number }[] = [];
        for (const { waitMs, units } of asked) {
          nowMs += waitMs;
          for (let turns = 0; nextMs <= nowMs && turns < 10_000; turns++) {
            const answer = reserve(state, limits, page, nextMs);
            state = answer.state;
            nextMs = Math.max(answer.atMs, nextMs + 1);
          }
          const inWindow = given
            .filter(({ atMs }) => atMs > nowMs - 1.05 * minuteMs)
            .reduce((sum, one) => sum + one.units, units);
          // A window and its margins hold a little more than a minute's share.
          if (inWindow > 0.88 * limits.units) continue;
          const answer = reserve(state, limits, { ...page, lane: "live", units }, nowMs);
          expect(answer).toMatchObject({ kind: "granted", atMs: nowMs });
          state = answer.state;
          given.push({ atMs: nowMs, units });
        }
      }),
      { numRuns: 200 },
    );
  });

  it("takes nothing while others have used half of the window, and is told when to ask again", () => {
    const { state } = reserve(freshBudget, limits, { ...page, lane: "live", units: 3_100 }, start);
    const answer = reserve(state, limits, page, start + 1);
    expect(answer.kind).toBe("later");
    expect(answer.atMs).toBeGreaterThan(start + minuteMs / 2);
    expect(answer.state).toEqual(state); // no place in the line that others would wait behind
  });

  it("uses its share of a day, and then waits for the next, while others go on", () => {
    const daily: BudgetLimits = { ...limits, unitsPerDay: 20_000 };
    const background = workerOf("background", 5);
    const state = work([background], 8 * 60 * minuteMs, daily);
    expect(background.units).toBe(2_000);
    const later = reserve(state, daily, page, start + 7.9 * 60 * minuteMs);
    expect(later.atMs).toBe(startOfDayMs(start + 24 * 60 * minuteMs));
    const live = reserve(state, daily, { ...page, lane: "live" }, start + 7.9 * 60 * minuteMs);
    expect(live.kind).toBe("granted");
  });

  it("gets its turn back with units that another budget did not have", () => {
    const { state, units, countedAtMs } = reserve(freshBudget, limits, page, start);
    const back = giveBack(state, limits, units, countedAtMs, page);
    expect(back.given).toEqual([]);
    expect(reserve(back, limits, page, start)).toMatchObject({ kind: "granted", atMs: start });
  });
});
