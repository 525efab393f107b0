import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideGuard } from "./decide-guard.ts";

describe("a claim under suspicion", () => {
  it("is worked on as always at first: it may have come back by accident", () => {
    expect(decideGuard({ deaths: 0, deathsAt: {} })).toEqual({ kind: "together" });
    expect(decideGuard({ deaths: 1, deathsAt: {} })).toEqual({ kind: "together" });
  });

  it("is taken message by message after two deaths", () => {
    expect(decideGuard({ deaths: 2, deathsAt: {} })).toEqual({ kind: "singly", skipped: new Set() });
  });

  it("leaves out a message at which two workers died, and only that", () => {
    expect(decideGuard({ deaths: 3, deathsAt: { m: 1 } })).toEqual({ kind: "singly", skipped: new Set() });
    expect(decideGuard({ deaths: 5, deathsAt: { m: 2, n: 1 } })).toEqual({
      kind: "singly",
      skipped: new Set(["m"]),
    });
  });

  it("is set aside as a whole when workers keep dying elsewhere", () => {
    expect(decideGuard({ deaths: 3, deathsAt: {} }).kind).toBe("singly");
    expect(decideGuard({ deaths: 4, deathsAt: {} }).kind).toBe("set_aside");
    expect(decideGuard({ deaths: 6, deathsAt: { m: 2 } }).kind).toBe("set_aside");
  });

  it("is not set aside for messages that are left out, however many they are", () => {
    const deathsAt = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`m${i}`, 2]));
    const plan = decideGuard({ deaths: 202, deathsAt });
    expect(plan.kind === "singly" && plan.skipped.size).toBe(100);
  });

  it("ends, whatever kills its workers: every death brings the end nearer", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(4)), { maxLength: 60 }), (killers) => {
        let [deaths, deathsAt]: [number, Record<string, number>] = [0, {}];
        for (const killer of killers) {
          const plan = decideGuard({ deaths, deathsAt });
          if (plan.kind === "set_aside") break;
          if (plan.kind === "singly" && plan.skipped.has(`m${killer}`)) continue;
          deaths++;
          if (plan.kind === "singly" && killer !== null)
            deathsAt = { ...deathsAt, [`m${killer}`]: (deathsAt[`m${killer}`] ?? 0) + 1 };
        }
        expect(deaths).toBeLessThanOrEqual(4 + 5 * 2);
      }),
    );
  });
});
