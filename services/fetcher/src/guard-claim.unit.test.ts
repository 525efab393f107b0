import { givenContext } from "@millrace/shared/testing/memory-log";
import { describe, expect, it } from "vitest";
import { ClaimGate } from "./claim-gate.ts";
import type { ClaimRecord, GuardPlan } from "./decide-guard.ts";
import { suspectAfterDeliveries } from "./decide-guard.ts";
import type { ClaimedWork } from "./fetcher-ports.ts";
import { guardClaim } from "./guard-claim.ts";
import { givenChunk, givenReport } from "./testing/given.ts";
import { memoryClaims } from "./testing/memory-claims.ts";

const report = givenReport({ a: "stored", b: "stored", c: "stored", d: "stored" });
const first = givenChunk({}, { deliveryCount: 1 });
const suspect = givenChunk({}, { deliveryCount: suspectAfterDeliveries + 1 });

function guard(
  work: ClaimedWork,
  claims = memoryClaims(),
  fetch: (plan: GuardPlan) => void | Promise<void> = () => {},
) {
  const gate = new ClaimGate();
  return guardClaim({ gate, claims }, work, givenContext(), async (plan) => {
    await fetch(plan);
    return report;
  });
}

describe("a claim that has not come back often", () => {
  it("is worked on without ado", async () => {
    const claims = memoryClaims();
    const plans: GuardPlan[] = [];
    for (let deliveryCount = 1; deliveryCount <= suspectAfterDeliveries; deliveryCount++)
      await guard(givenChunk({}, { deliveryCount }), claims, (plan) => void plans.push(plan));
    expect(plans).toEqual(Array(suspectAfterDeliveries).fill({ kind: "together" }));
    expect(claims.rows.size).toBe(0);
  });
});

describe("a claim that came back often", () => {
  it("is written down before it is worked on, and when its worker has lived", async () => {
    const claims = memoryClaims();
    await guard(suspect, claims, () => expect(claims.rowOf(suspect)).toMatchObject({ isOpen: true }));
    expect(claims.rowOf(suspect)).toMatchObject({ isOpen: false, deaths: 0 });
  });

  it("is closed also when its work fails: a failure is no death", async () => {
    const claims = memoryClaims();
    const fail = async () => {
      throw new Error("away");
    };
    await expect(guard(suspect, claims, fail)).rejects.toThrow("away");
    expect(claims.rowOf(suspect)).toMatchObject({ isOpen: false });
    expect(await claims.open(suspect)).toMatchObject({ deaths: 0 });
  });

  it("is worked on by what is known of its deaths", async () => {
    const claims = memoryClaims();
    const plans: GuardPlan[] = [];
    const known: ClaimRecord = { deaths: 4, deathsAt: { b: 2 } };
    claims.rows.set(claims.nameOf(suspect), { ...known, isOpen: false, messageId: null });
    await guard(suspect, claims, (plan) => void plans.push(plan));
    expect(plans).toEqual([{ kind: "singly", skipped: new Set(["b"]) }]);
  });

  it("stays under suspicion in its later attempts if a worker died, and else does not", async () => {
    const claims = memoryClaims();
    expect((await guard(suspect, claims)).isSuspect).toBe(false);
    claims.rows.set(claims.nameOf(suspect), { deaths: 1, deathsAt: {}, isOpen: false, messageId: null });
    expect((await guard(suspect, claims)).isSuspect).toBe(true);
    const again = givenChunk({ isSuspect: true }, { deliveryCount: 1 });
    await guard(again, claims, () => expect(claims.rowOf(again)).toMatchObject({ isOpen: true }));
    expect((await guard(first, claims)).isSuspect).toBeUndefined();
  });

  it("has the process to itself", async () => {
    const claims = memoryClaims();
    const gate = new ClaimGate();
    let others = 0;
    const work = (item: ClaimedWork, fetch: () => Promise<void>) =>
      guardClaim({ gate, claims }, item, givenContext({ sleep: async () => {} }), async () => {
        await fetch();
        return report;
      });
    let free = (): void => {};
    const busy = new Promise<void>((resolve) => {
      free = resolve;
    });
    const running = [
      work(first, async () => {
        others++;
        await busy;
        others--;
      }),
    ];
    running.push(work(suspect, async () => expect(others).toBe(0)));
    running.push(work(first, async () => void others++));
    free();
    await Promise.all(running);
    expect(others).toBe(1);
  });
});
