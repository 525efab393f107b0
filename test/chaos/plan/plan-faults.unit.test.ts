import { describe, expect, it } from "vitest";
import { allFaultKinds, faultKinds, kindsOf } from "./fault-kinds.ts";
import { plannedCopies } from "./fleet-shape.ts";
import { planFaults } from "./plan-faults.ts";
import { planMailboxes } from "./plan-mailboxes.ts";

const targets = {
  copies: plannedCopies.map(({ name }) => name),
  mailboxes: planMailboxes(1).map(({ email }) => email),
};

describe("a schedule", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(planFaults(7, 3, targets)).toEqual(planFaults(7, 3, targets));
    expect(planFaults(7, 3, targets)).not.toEqual(planFaults(8, 3, targets));
  });

  it("of a longer run begins as that of a shorter one", () => {
    const short = planFaults(7, 3, targets);
    expect(planFaults(7, 10, targets).slice(0, short.length)).toEqual(short);
  });

  it("does not change where kinds are left out", () => {
    const whole = planFaults(7, 5, targets);
    const some = planFaults(7, 5, targets, new Set(["kill", "nats-wipe"]));
    expect(some).toEqual(whole.filter(({ kind }) => kind === "kill" || kind === "nats-wipe"));
    expect(some.length).toBeGreaterThan(0);
  });

  it("keeps to the time of the run and to the order of its times", () => {
    const times = planFaults(3, 2, targets).map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.max(...times)).toBeLessThan(2 * 60_000);
  });

  it("has every kind in it when it is long enough to deal all of them", () => {
    for (const topology of ["single", "cluster"] as const) {
      const faults = planFaults(5, 10, targets, new Set(allFaultKinds), topology);
      expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(kindsOf(topology)));
    }
  });

  it("lasts as long and aims at what its kind allows", () => {
    for (const { kind, durationMs, target, intensity } of planFaults(11, 30, targets)) {
      const { seconds, targets: targetsOf } = faultKinds[kind];
      expect(durationMs).toBeGreaterThanOrEqual(seconds[0] * 1_000);
      expect(durationMs).toBeLessThanOrEqual(seconds[1] * 1_000);
      expect(targetsOf(targets) as readonly string[]).toContain(target);
      expect(intensity).toBeLessThan(1);
    }
  });
});

describe("the mailboxes of a run", () => {
  it("follow from the seed", () => {
    expect(planMailboxes(7)).toEqual(planMailboxes(7));
    expect(planMailboxes(7)).not.toEqual(planMailboxes(8));
  });

  it("are twenty of mixed size, over all tenants, most of them kept to the byte", () => {
    const mailboxes = planMailboxes(7);
    expect(mailboxes).toHaveLength(20);
    expect(new Set(mailboxes.map(({ tenantId }) => tenantId)).size).toBe(4);
    expect(new Set(mailboxes.map(({ messages }) => messages)).size).toBe(20);
    expect(mailboxes.filter(({ content }) => content === "raw").length).toBeGreaterThan(8);
  });
});
