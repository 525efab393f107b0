import { describe, expect, it } from "vitest";
import { outcomeOfFault } from "./outcome-of-fault.ts";

const moment = { nowMs: 1_000_000, random: 0.5 };

describe("what follows from a provider's fault", () => {
  it("waits until the named time when throttled, and calls it waiting", () => {
    const outcome = outcomeOfFault(
      { category: "rate_limited", message: "", retryAtMs: 1_030_000 },
      1,
      moment,
    );
    expect(outcome).toMatchObject({ kind: "defer", delayMs: 30_500 });
  });

  it("never waits a negative time, nor days because a provider said so", () => {
    const past = outcomeOfFault({ category: "rate_limited", message: "", retryAtMs: 1 }, 1, moment);
    expect(past.delayMs).toBe(500);
    const far = outcomeOfFault({ category: "rate_limited", message: "", retryAtMs: 1e12 }, 1, moment);
    expect(far.delayMs).toBeLessThanOrEqual(15 * 60_000 + 1_000);
  });

  it("does not spend a budget on missing consent", () => {
    expect(outcomeOfFault({ category: "consent_lost", message: "" }, 99, moment).kind).toBe("defer");
  });

  it("backs off further with each attempt on everything else", () => {
    const delays = [1, 3, 5].map((attempt) =>
      outcomeOfFault({ category: "transient", message: "" }, attempt, moment),
    );
    expect(delays.map((d) => d.kind)).toEqual(["retry", "retry", "retry"]);
    expect(delays.map((d) => d.delayMs)).toEqual([250, 1_000, 4_000]);
  });

  it("comes back within seconds after a refused token, which is renewed by then", () => {
    expect(outcomeOfFault({ category: "token_expired", message: "" }, 30, moment).delayMs).toBe(2_000);
  });
});
