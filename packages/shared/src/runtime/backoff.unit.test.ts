import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "./backoff.ts";

const policy = { baseMs: 200, capMs: 10_000 };

describe("backoff", () => {
  it("stays between a tenth of the base and the cap, at any attempt", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const delayMs = backoffMs(attempt, random, policy);
          expect(delayMs).toBeGreaterThanOrEqual(20);
          expect(delayMs).toBeLessThanOrEqual(10_000);
        },
      ),
    );
  });

  it("doubles its ceiling with each attempt until the cap", () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => backoffMs(attempt, 0.999999, policy));
    expect(ceilings).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  it("spreads over the whole of it: full jitter", () => {
    expect(backoffMs(5, 0.5, policy)).toBe(1600);
    expect(backoffMs(5, 0, policy)).toBe(20);
  });
});
