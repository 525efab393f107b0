import fc from "fast-check";
import { expect, test } from "vitest";
import { QuotaMeter } from "./quota-meter.ts";
import { SlidingMinute } from "./sliding-minute.ts";

const LIMIT = 100;
const call = fc.record({
  waitMs: fc.integer({ min: 0, max: 20_000 }),
  units: fc.integer({ min: 1, max: 40 }),
});

test("no sixty seconds, wherever they start, hold more than the limit", () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 200 }), (calls) => {
      const minute = new SlidingMinute(LIMIT, 60_000);
      const spent: { atMs: number; units: number }[] = [];
      let nowMs = 1_000_000_000;
      for (const { waitMs, units } of calls) {
        nowMs += waitMs;
        if (!minute.fits(units, nowMs)) continue;
        minute.spend(units, nowMs);
        spent.push({ atMs: nowMs, units });
        const recent = spent.filter((one) => one.atMs > nowMs - 60_000);
        expect(recent.reduce((total, one) => total + one.units, 0)).toBeLessThanOrEqual(LIMIT);
      }
    }),
  );
});

test("what is refused fits at the time that was named, and not before", () => {
  fc.assert(
    fc.property(fc.array(call, { minLength: 5, maxLength: 60 }), (calls) => {
      const minute = new SlidingMinute(LIMIT, 60_000);
      let nowMs = 1_000_000_000;
      for (const { waitMs, units } of calls) {
        nowMs += waitMs;
        if (!minute.fits(units, nowMs)) {
          const atMs = minute.fitsAtMs(units, nowMs);
          expect(atMs).toBeGreaterThan(nowMs);
          expect(minute.fits(units, atMs - 1)).toBe(false);
          expect(minute.fits(units, atMs)).toBe(true);
          nowMs = atMs;
        }
        minute.spend(units, nowMs);
      }
    }),
  );
});

test("users do not share their limit, all share the project's, and a faster clock shortens the minute", () => {
  const meter = new QuotaMeter({
    plan: "gmail-2026",
    unitsPerMinuteUser: 40,
    unitsPerMinuteProject: 60,
    clockFactor: 60,
  });
  const get = (email: string, nowMs: number) => meter.charge("messages.get", email, nowMs);
  expect([get("a", 9_000), get("a", 9_000), get("a", 9_000)].map((one) => one.ok)).toEqual([
    true,
    true,
    false,
  ]);
  expect(get("b", 9_000)).toEqual({ ok: true, units: 20 });
  expect(get("c", 9_000)).toMatchObject({ ok: false, scope: "project" });
  expect(get("a", 10_100).ok).toBe(true);
});
