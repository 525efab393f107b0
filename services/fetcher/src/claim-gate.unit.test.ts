import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { givenContext } from "@millrace/shared/testing/memory-log";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClaimGate } from "./claim-gate.ts";

const soon = { sleep: async () => void (await turn()) };

/** Work that goes on until it is told to end. */
function lasting() {
  let end = (): void => {};
  let hasBegun = false;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = async (): Promise<void> => {
    hasBegun = true;
    await ended;
  };
  return { work, end, hasBegun: () => hasBegun };
}
const settled = async () => {
  for (let turns = 0; turns < 20; turns++) await turn();
};

describe("claims of one process", () => {
  it("run beside each other", async () => {
    const gate = new ClaimGate();
    const [a, b] = [lasting(), lasting()];
    const running = [a, b].map(({ work }) => gate.run(false, givenContext(soon), work));
    await settled();
    expect([a.hasBegun(), b.hasBegun()]).toEqual([true, true]);
    for (const { end } of [a, b]) end();
    await Promise.all(running);
  });

  it("let a suspect have the process to itself, and wait for it", async () => {
    const gate = new ClaimGate();
    const [before, suspect, after] = [lasting(), lasting(), lasting()];
    const running = [gate.run(false, givenContext(soon), before.work)];
    running.push(gate.run(true, givenContext(soon), suspect.work));
    running.push(gate.run(false, givenContext(soon), after.work));
    await settled();
    expect([suspect.hasBegun(), after.hasBegun()]).toEqual([false, false]); // who wants to be alone goes first
    before.end();
    await settled();
    expect([suspect.hasBegun(), after.hasBegun()]).toEqual([true, false]);
    suspect.end();
    await settled();
    expect(after.hasBegun()).toBe(true);
    after.end();
    await Promise.all(running);
  });

  it("that wait say all the time that they are still wanted", async () => {
    const gate = new ClaimGate();
    const first = lasting();
    const running = gate.run(true, givenContext(soon), first.work);
    let said = 0;
    const waiting = gate.run(
      false,
      givenContext({ ...soon, progressed: () => void said++ }),
      async () => "done",
    );
    await settled();
    expect(said).toBeGreaterThan(2);
    first.end();
    expect(await waiting).toBe("done");
    await running;
  });

  it("stop waiting when the service stops, and are in nobody's way then", async () => {
    const gate = new ClaimGate();
    const first = lasting();
    const running = gate.run(false, givenContext(soon), first.work);
    const stopping = async () => {
      await turn();
      throw new Error("stopped");
    };
    const never = async () => expect.unreachable();
    await expect(gate.run(true, givenContext({ sleep: stopping }), never)).rejects.toThrow("stopped");
    expect(await gate.run(false, givenContext(soon), async () => "runs")).toBe("runs");
    first.end();
    await running;
  });

  it("that fail leave the gate as they found it", async () => {
    const gate = new ClaimGate();
    const fail = async () => {
      throw new Error("broken");
    };
    for (const isAlone of [true, false])
      await expect(gate.run(isAlone, givenContext(soon), fail)).rejects.toThrow("broken");
    expect(await gate.run(true, givenContext(soon), async () => "alone")).toBe("alone");
  });

  it("are never beside one that is alone, and all come to their turn", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ isAlone: fc.boolean(), ms: fc.nat(2) }), { minLength: 1, maxLength: 12 }),
        async (claims) => {
          const gate = new ClaimGate();
          const running = new Set<object>();
          const runs = claims.map((claim) =>
            gate.run(claim.isAlone, givenContext(soon), async () => {
              running.add(claim);
              const isAnyAlone = [...running].some((one) => (one as typeof claim).isAlone);
              expect(isAnyAlone && running.size > 1).toBe(false);
              await sleep(claim.ms);
              running.delete(claim);
            }),
          );
          await Promise.all(runs);
        },
      ),
      { numRuns: 20 },
    );
  });
});
