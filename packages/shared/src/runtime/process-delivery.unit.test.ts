import { describe, expect, it } from "vitest";
import { ref } from "../testing/given.ts";
import { deliveryOf, givenContext } from "../testing/memory-log.ts";
import { done, type Effect, ignore, reject } from "./outcome.ts";
import {
  conflictsMax,
  type DeliveryPorts,
  processDelivery,
  TooManyConflictsError,
} from "./process-delivery.ts";
import type { Step } from "./step.ts";

const effect = (reason: string, expectedSeq: number | null = null): Effect => ({
  kind: "append",
  ref,
  eventId: reason,
  expectedSeq,
  fact: { type: "request.rejected", reason, subject: "s", payload: "", payloadBytes: 0 },
});
const idOf = (one: Effect): string => (one.kind === "append" ? one.eventId : one.dedupeId);

/** Everything that happens, in order. */
function given({ conflicts = 0 }: { conflicts?: number } = {}) {
  const trace: string[] = [];
  let left = conflicts;
  const ports: DeliveryPorts = {
    publish: async (one) => {
      if (left > 0 && one.kind === "append" && one.expectedSeq !== null) {
        left--;
        trace.push(`${idOf(one)} refused`);
        return "conflict";
      }
      trace.push(`${idOf(one)} published`);
      return "published";
    },
    moment: () => ({ nowMs: 7, random: 0.25 }),
    afterConflict: async (round) => void trace.push(`conflict ${round}`),
  };
  const step: Step<string, string, number> = {
    name: "test",
    parse: ({ body }) => ({ ok: true, input: new TextDecoder().decode(body) }),
    perform: async (input) => {
      trace.push(`perform ${input}`);
      return `report of ${input}`;
    },
    gather: async (_input, report) => {
      trace.push(`gather after ${report}`);
      return 4;
    },
    decide: (input, report, gathered, moment) => {
      trace.push(`decide ${input}, ${report}, ${gathered}, ${moment.nowMs}, ${moment.random}`);
      return done(effect("first", gathered), effect("second"));
    },
  };
  const run = (one: Step<string, string, number> = step) =>
    processDelivery(one, deliveryOf("subject", "m"), givenContext(), ports);
  return { trace, step, run };
}

describe("a delivery", () => {
  it("goes through parse, perform, gather and decide, and its effects are published in order", async () => {
    const { trace, run } = given();
    expect((await run()).kind).toBe("done");
    expect(trace).toEqual([
      "perform m",
      "gather after report of m",
      "decide m, report of m, 4, 7, 0.25",
      "first published",
      "second published",
    ]);
  });

  it("whose append was refused is gathered and decided again; what was done is not done again", async () => {
    const { trace, run } = given({ conflicts: 2 });
    expect((await run()).kind).toBe("done");
    const decided = ["gather after report of m", "decide m, report of m, 4, 7, 0.25"];
    expect(trace).toEqual([
      "perform m",
      ...[...decided, "first refused", "conflict 0"],
      ...[...decided, "first refused", "conflict 1"],
      ...[...decided, "first published", "second published"],
    ]);
  });

  it("publishes nothing behind a refused append", async () => {
    const { trace, step, run } = given({ conflicts: 1 });
    await run({ ...step, decide: () => done(effect("a"), effect("b", 3), effect("c")) });
    expect(trace.filter((line) => /published|refused/.test(line))).toEqual([
      "a published",
      "b refused",
      "a published",
      "b published",
      "c published",
    ]);
  });

  it("gives up on conflicts that never end, and settles nothing", async () => {
    const { trace, run } = given({ conflicts: Number.POSITIVE_INFINITY });
    await expect(run()).rejects.toThrow(TooManyConflictsError);
    expect(trace.filter((line) => line.startsWith("perform"))).toHaveLength(1);
    expect(trace.filter((line) => line.endsWith("refused"))).toHaveLength(conflictsMax);
  });

  it("that cannot be parsed publishes why, and nothing is done for it", async () => {
    const { trace, step, run } = given();
    const outcome = await run({
      ...step,
      parse: () => ({ ok: false, outcome: reject("no", effect("why")) }),
    });
    expect(outcome).toMatchObject({ kind: "reject", why: "no" });
    expect(trace).toEqual(["why published"]);
  });

  it("that is decided to be rejected publishes why; one that is ignored publishes nothing", async () => {
    const { trace, step, run } = given();
    expect((await run({ ...step, decide: () => reject("no", effect("why")) })).kind).toBe("reject");
    expect(trace.at(-1)).toBe("why published");
    expect((await run({ ...step, decide: () => ignore("old") })).kind).toBe("ignore");
    expect(trace.at(-1)).toBe("gather after report of m");
  });

  it("that fails anywhere throws what it failed with, and can be processed again", async () => {
    const { trace, step, run } = given();
    const broken = async () => {
      throw new Error("away");
    };
    await expect(run({ ...step, perform: broken })).rejects.toThrow("away");
    await expect(run({ ...step, gather: broken })).rejects.toThrow("away");
    expect(trace.some((line) => line.endsWith("published"))).toBe(false);
    expect((await run()).kind).toBe("done");
  });
});
