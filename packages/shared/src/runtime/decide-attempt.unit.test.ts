import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AttemptHistory,
  attemptHistorySchema,
  type FaultCategory,
  faultCategorySchema,
  noHistory,
} from "../events/attempt.ts";
import {
  type AttemptVerdict,
  decideAttempt,
  defaultAttemptPolicy,
  type FailedAttempt,
} from "./decide-attempt.ts";

const nowMs = 1_000_000_000_000;
const minuteMs = 60_000;
const harmless = ["rate_limited", "transient", "token_expired", "consent_lost"] as const;
const poisonous = ["gone", "watermark_expired", "bad_item", "unknown", "crash_loop"] as const;
const attempt = (category: FaultCategory, more: Partial<FailedAttempt> = {}): FailedAttempt => ({
  category,
  gotFurther: false,
  ...more,
});
const decide = (
  one: FailedAttempt,
  { before = noHistory, random = 0.5 }: { before?: AttemptHistory; random?: number } = {},
): AttemptVerdict => decideAttempt(one, before, { nowMs, random });
const delayOf = ({ atMs }: AttemptVerdict): number => (atMs ?? Number.NaN) - nowMs;

/** What becomes of a piece of work that fails so, again and again. */
function failInTurn(attempts: readonly FailedAttempt[], random = 0.5): AttemptVerdict[] {
  let before: AttemptHistory = noHistory;
  return attempts.map((one) => {
    const verdict = decide(one, { before, random });
    before = verdict.history;
    return verdict;
  });
}

const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const anyAttempt: fc.Arbitrary<FailedAttempt> = fc.record(
  {
    category: fc.constantFrom(...faultCategorySchema.options),
    gotFurther: fc.boolean(),
    retryAtMs: fc.integer({ min: nowMs - 10 * minuteMs, max: nowMs + 600 * minuteMs }),
  },
  { requiredKeys: ["category", "gotFurther"] },
);
const anyHistory: fc.Arbitrary<AttemptHistory> = fc.record({
  failed: fc.nat(1_000),
  streak: fc.nat(1_000),
  poison: fc.nat(7),
});

describe("an attempt that failed", () => {
  it.each<[FaultCategory, AttemptVerdict["next"]]>([
    ["rate_limited", "wait"],
    ["transient", "retry"],
    ["token_expired", "retry"],
    ["consent_lost", "pause"],
    ["gone", "retry"],
    ["watermark_expired", "retry"],
    ["bad_item", "retry"],
    ["unknown", "retry"],
    ["crash_loop", "retry"],
  ])("because of %s leads to: %s", (category, next) => {
    expect(decide(attempt(category)).next).toBe(next);
  });

  it("has a rule for every category", () => {
    expect([...harmless, ...poisonous].sort()).toEqual([...faultCategorySchema.options].sort());
  });

  it("is counted, whatever it was", () => {
    fc.assert(
      fc.property(anyAttempt, anyHistory, anyRandom, (one, before, random) => {
        const { history } = decide(one, { before, random });
        expect(history.failed).toBe(before.failed + 1);
        expect(attemptHistorySchema.safeParse(history).success).toBe(true);
      }),
    );
  });

  it("is tried again at a time that is not past, or not at all", () => {
    fc.assert(
      fc.property(anyAttempt, anyHistory, anyRandom, (one, before, random) => {
        const { next, atMs } = decide(one, { before, random });
        if (next === "pause" || next === "set_aside") expect(atMs).toBeNull();
        else {
          expect(Number.isInteger(atMs)).toBe(true);
          expect(atMs).toBeGreaterThanOrEqual(nowMs);
        }
      }),
    );
  });
});

describe("the budget of what may be the work's own fault", () => {
  it.each(poisonous)("is spent by %s, and then the work is set aside", (category) => {
    const verdicts = failInTurn(Array.from({ length: 8 }, () => attempt(category)));
    expect(verdicts.map(({ next }) => next)).toEqual([...Array(7).fill("retry"), "set_aside"]);
    expect(verdicts[7]).toMatchObject({ atMs: null, history: { failed: 8, poison: 8 } });
  });

  it.each(harmless)("is never spent by %s, however often (rule I6)", (category) => {
    const verdicts = failInTurn(Array.from({ length: 1_000 }, () => attempt(category)));
    expect(verdicts.every(({ next }) => next !== "set_aside")).toBe(true);
    expect(verdicts.at(-1)?.history.poison).toBe(0);
  });

  it("is neither spent nor given back by waits, outages and lost consent in between", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...faultCategorySchema.options), { maxLength: 60 }),
        anyRandom,
        (categories, random) => {
          const verdicts = failInTurn(
            categories.map((category) => attempt(category)),
            random,
          );
          const poisons = categories.map((_, i) =>
            categories.slice(0, i + 1).reduce((n, one) => n + Number(isPoisonous(one)), 0),
          );
          expect(verdicts.map(({ history }) => history.poison)).toEqual(poisons);
          expect(verdicts.map(({ next }) => next === "set_aside")).toEqual(
            poisons.map((n, i) => n >= 8 && isPoisonous(categories[i])),
          );
        },
      ),
    );
  });

  it("begins anew when something was achieved", () => {
    const seven: AttemptHistory = { failed: 7, streak: 7, poison: 7 };
    const verdict = decide(attempt("unknown", { gotFurther: true }), { before: seven });
    expect(verdict).toMatchObject({ next: "retry", history: { failed: 8, streak: 1, poison: 1 } });
    expect(decide(attempt("unknown"), { before: seven }).next).toBe("set_aside");
    expect(decide(attempt("transient", { gotFurther: true }), { before: seven }).history.poison).toBe(0);
  });

  it("is as large as the policy says", () => {
    const policy = { ...defaultAttemptPolicy, poisonBudget: 1 };
    expect(decideAttempt(attempt("unknown"), noHistory, { nowMs, random: 0 }, policy).next).toBe("set_aside");
  });
});

describe("a retry", () => {
  const ceilingMs = (streak: number) => delayOf(retryAfter(streak, 0.999_999_9));
  const retryAfter = (streak: number, random: number) =>
    decide(attempt("transient"), { before: { failed: streak, streak: streak - 1, poison: 0 }, random });

  it("waits up to twice as long each time in a row, until the cap", () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(ceilingMs);
    expect(ceilings).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it("spreads over the whole of that time: full jitter, but never at once", () => {
    expect(delayOf(retryAfter(5, 0.25))).toBe(2_000);
    expect(delayOf(retryAfter(5, 0))).toBe(50);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), anyRandom, (streak, random) => {
        const delayMs = delayOf(retryAfter(streak, random));
        expect(delayMs).toBeGreaterThanOrEqual(50);
        expect(delayMs).toBeLessThanOrEqual(Math.min(500 * 2 ** Math.min(streak - 1, 30), 60_000));
      }),
    );
  });

  it("starts over with short waits when something was achieved", () => {
    const before = { failed: 9, streak: 9, poison: 0 };
    const verdict = decide(attempt("transient", { gotFurther: true }), { before, random: 0.999_999_9 });
    expect([delayOf(verdict), verdict.history.streak]).toEqual([500, 1]);
  });

  it("of an expired token is soon: tokens are renewed within seconds", () => {
    const before = { failed: 20, streak: 20, poison: 0 };
    expect(delayOf(decide(attempt("token_expired"), { before, random: 0.999_999_9 }))).toBe(4_000);
  });

  it("is never later than a cap that is smaller than everything else", () => {
    const policy = { ...defaultAttemptPolicy, retryCapMs: 100 };
    for (const category of ["transient", "token_expired", "unknown"] as const) {
      const before = { failed: 5, streak: 5, poison: 0 };
      const { atMs } = decideAttempt(attempt(category), before, { nowMs, random: 0.999_999_9 }, policy);
      expect(atMs).toBe(nowMs + 100);
      const soonest = decideAttempt(attempt(category), before, { nowMs, random: 0 }, policy);
      expect(soonest.atMs).toBe(nowMs + 10);
    }
  });
});

describe("a throttle", () => {
  it("that names no time cools down for some seconds, spread over one more", () => {
    expect(delayOf(decide(attempt("rate_limited"), { random: 0 }))).toBe(5_000);
    expect(delayOf(decide(attempt("rate_limited"), { random: 0.999_9 }))).toBe(6_000);
  });

  it("counts as no failure in a row: the backoff of what comes after it does not grow", () => {
    const { history } = decide(attempt("rate_limited"), { before: { failed: 3, streak: 2, poison: 1 } });
    expect(history).toEqual({ failed: 4, streak: 2, poison: 1 });
  });
});

describe("a time that the provider named", () => {
  const inMs = (ms: number) => ({ retryAtMs: nowMs + ms });

  it("is waited for, whatever the backoff or the cool-down would be", () => {
    const throttled = decide(attempt("rate_limited", inMs(200)), { random: 0 });
    expect(delayOf(throttled)).toBe(200);
    expect(delayOf(decide(attempt("rate_limited", inMs(8 * minuteMs)), { random: 0 }))).toBe(8 * minuteMs);
    expect(delayOf(decide(attempt("transient", inMs(8 * minuteMs))))).toBe(8 * minuteMs);
  });

  it("is not waited for longer than a quarter of an hour: then somebody looks", () => {
    for (const category of ["rate_limited", "transient", "unknown"] as const) {
      const delayMs = delayOf(decide(attempt(category, inMs(48 * 60 * minuteMs)), { random: 0 }));
      expect(delayMs).toBe(15 * minuteMs);
    }
  });

  it("does not shorten a backoff", () => {
    const before = { failed: 9, streak: 9, poison: 0 };
    expect(delayOf(decide(attempt("transient", inMs(10)), { before }))).toBe(30_000);
  });

  it("that is past is no reason to wait", () => {
    expect(delayOf(decide(attempt("rate_limited", inMs(-5_000)), { random: 0 }))).toBe(0);
  });
});

function isPoisonous(category: FaultCategory | undefined): boolean {
  return poisonous.some((one) => one === category);
}
