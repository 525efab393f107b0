import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteBudget, type ByteLease } from "./byte-budget.ts";

/** Whether it goes on at once. */
async function goesOn(held: Promise<void>): Promise<boolean> {
  return Promise.race([held.then(() => true), sleep(5).then(() => false)]);
}

describe("a budget of bytes", () => {
  it("lets leases grow while they fit together, and the next one wait until another is released", async () => {
    const budget = new ByteBudget(10);
    const [first, second, third] = [budget.lease(), budget.lease(), budget.lease()];
    await first.hold(6, undefined);
    await second.hold(4, undefined);
    const waiting = third.hold(1, undefined);
    expect(await goesOn(waiting)).toBe(false);
    first.release();
    await waiting;
  });

  it("goes on when another holds less", async () => {
    const budget = new ByteBudget(10);
    const [first, second] = [budget.lease(), budget.lease()];
    await first.hold(10, undefined);
    const waiting = second.hold(5, undefined);
    expect(await goesOn(waiting)).toBe(false);
    await first.hold(5, undefined);
    await waiting;
  });

  it("never lets the oldest wait, whatever it wants; the next one is the oldest then", async () => {
    const budget = new ByteBudget(10);
    const [first, second] = [budget.lease(), budget.lease()];
    await first.hold(5, undefined);
    await second.hold(5, undefined);
    const waiting = second.hold(50, undefined);
    await first.hold(100, undefined);
    expect(await goesOn(waiting)).toBe(false);
    first.release();
    await waiting;
  });

  it("is left by who is aborted while it waits, and keeps nothing of it once it is released", async () => {
    const budget = new ByteBudget(10);
    const [first, second, third] = [budget.lease(), budget.lease(), budget.lease()];
    await first.hold(10, undefined);
    const aborted = new AbortController();
    const waiting = second.hold(5, aborted.signal);
    aborted.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    second.release();
    first.release();
    await third.hold(100, undefined);
  });

  it("comes to an end however leases grow", async () => {
    const wishes = fc.array(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(wishes, async (readers) => {
        const budget = new ByteBudget(20);
        const read = async (lease: ByteLease, steps: readonly number[]): Promise<void> => {
          for (const bytes of steps) {
            await lease.hold(bytes, undefined);
            await Promise.resolve();
          }
          lease.release();
        };
        const began = performance.now();
        await Promise.all(readers.map((steps) => read(budget.lease(), steps)));
        expect(performance.now() - began).toBeLessThan(1_000); // nobody waited for the next look
      }),
    );
  });
});
