import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextTurnMs, turnAfterMs } from "./next-turn.ts";

const dayMs = 24 * 60 * 60_000;
const start = Date.parse("2026-11-30T00:00:00Z");
const accounts = Array.from({ length: 10_000 }, (_, n) => `acc_${n}`);

/** How many of them fall on each of so many equal parts of a week. */
function perPart(turns: readonly number[], parts: number): number[] {
  const counts = new Array<number>(parts).fill(0);
  for (const atMs of turns) {
    const part = Math.floor(((atMs - start) / (7 * dayMs)) * parts);
    counts[part] = (counts[part] ?? 0) + 1;
  }
  return counts;
}

describe("turns", () => {
  it("of accounts that all came at once are spread evenly over the period", () => {
    const counts = perPart(
      accounts.map((id) => nextTurnMs(id, 7, start)),
      100,
    );
    expect(Math.min(...counts)).toBeGreaterThan(60);
    expect(Math.max(...counts)).toBeLessThan(140);
  });

  it("after an outage of days, in which all are taken as fast as it goes, are where they were", () => {
    const planned = accounts.map((id) => nextTurnMs(id, 7, start));
    const backMs = start + 3 * dayMs;
    const late = accounts.filter((_, n) => (planned[n] ?? 0) <= backMs);
    expect(late.length).toBeGreaterThan(4_000);
    const after = late.map((id, n) => turnAfterMs(id, 7, backMs + n * 1_000));
    const wrong = after.filter(
      (atMs, n) => (atMs - (nextTurnMs(late[n] ?? "", 7, start) ?? 0)) % (7 * dayMs) !== 0,
    );
    expect(wrong).toEqual([]);
  });

  it("come once a period: never within half of one, never later than one and a half", () => {
    const days = fc.integer({ min: 1, max: 365 });
    fc.assert(
      fc.property(fc.uuid(), days, fc.integer({ min: 0, max: 400 * dayMs }), (id, everyDays, sinceMs) => {
        const nowMs = start + sinceMs;
        const waitMs = turnAfterMs(id, everyDays, nowMs) - nowMs;
        expect(waitMs).toBeGreaterThan((everyDays * dayMs) / 2);
        expect(waitMs).toBeLessThanOrEqual(1.5 * everyDays * dayMs);
      }),
    );
  });
});
