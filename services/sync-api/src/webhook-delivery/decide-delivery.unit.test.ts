import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideDelivery } from "./decide-delivery.ts";
import type { WebhookAnswer } from "./webhook-answer.ts";
import { defaultWebhookPolicy as policy } from "./webhook-policy.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const failed = (retryAfterMs: number | null = null): WebhookAnswer => ({
  kind: "failed",
  status: 500,
  error: "status 500",
  retryAfterMs,
});
const fresh = { attempts: 0, ageMs: 0 };

describe("a message", () => {
  it("that is taken is delivered", () => {
    expect(decideDelivery({ kind: "taken", status: 204 }, fresh, 0.5, policy)).toEqual({
      state: "delivered",
      delayMs: null,
    });
  });

  it("that nobody wants any more is given up at once", () => {
    expect(decideDelivery({ kind: "gone", status: 410 }, fresh, 0.5, policy).state).toBe("exhausted");
  });

  it("is tried again after a wait that doubles, with full jitter, up to a cap", () => {
    const ceilingMs = (attempts: number) =>
      decideDelivery(failed(), { attempts, ageMs: 0 }, 0.999_999, policy).delayMs;
    expect([0, 1, 2, 3, 30].map(ceilingMs)).toEqual([5_000, 10_000, 20_000, 40_000, 8 * hourMs - 29]);
    expect(decideDelivery(failed(), { attempts: 3, ageMs: 0 }, 0.25, policy).delayMs).toBe(10_000);
  });

  it("waits as long as its receiver asks for, within the cap", () => {
    expect(decideDelivery(failed(90_000), fresh, 0.5, policy).delayMs).toBe(90_000);
    expect(decideDelivery(failed(365 * dayMs), fresh, 0.5, policy).delayMs).toBe(8 * hourMs);
  });

  it("is tried for about three days, whatever chance says, and then given up", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.05, max: 0.999, noNaN: true }), { minLength: 1 }),
        (chances) => {
          let [attempts, ageMs] = [0, 0];
          for (; attempts < 2_000; attempts++) {
            const chance = chances[attempts % chances.length] ?? 0.5;
            const { state, delayMs } = decideDelivery(failed(), { attempts, ageMs }, chance, policy);
            if (state === "exhausted") break;
            ageMs += delayMs ?? Number.NaN;
          }
          expect(attempts).toBeGreaterThanOrEqual(12);
          expect(attempts).toBeLessThan(2_000);
          expect(ageMs).toBeGreaterThan(3 * dayMs - 8 * hourMs);
          expect(ageMs).toBeLessThanOrEqual(3 * dayMs);
        },
      ),
    );
  });
});
