import { noHistory } from "@millrace/shared/events/attempt";
import { loseConsent } from "@millrace/shared/events/evolve-course";
import type { Fact } from "@millrace/shared/events/facts";
import { workSubject } from "@millrace/shared/events/subjects";
import { processDelivery } from "@millrace/shared/runtime/process-delivery";
import {
  at,
  givenActive,
  givenCourse,
  givenRequest,
  givenStarted,
  ref,
} from "@millrace/shared/testing/given";
import { deliveryOf, givenContext, type MemoryLog, memoryLog } from "@millrace/shared/testing/memory-log";
import { describe, expect, it } from "vitest";
import type { ChunkerPorts } from "./chunker-ports.ts";
import { createProbeMailbox } from "./probe-mailbox.ts";
import { portsOn } from "./testing/given.ts";
import { faultOf, scriptedProvider } from "./testing/scripted-provider.ts";

const course = givenCourse({
  active: givenActive("s1"),
  waiting: [givenRequest("s2"), givenRequest("s3")],
  held: [{ syncId: "s3", since: at }],
});
const refused: Fact = {
  type: "sync.paused",
  syncId: "s1",
  reason: "consent_lost",
  message: "",
  request: null,
  course: loseConsent(course, at, "connect it again"),
};

function probe(log: MemoryLog, provider = scriptedProvider(), more: Partial<ChunkerPorts> = {}) {
  const step = createProbeMailbox({ ...portsOn(log), provider, ...more });
  const item = { kind: "probe", syncId: "s1", history: noHistory };
  return processDelivery(step, deliveryOf(workSubject("list", ref, "s1"), item), givenContext(), log);
}

describe("a look at a mailbox that refused us", () => {
  it("lets its syncs go on when it can be read again, in a new run; a person's pause stays", async () => {
    const log = memoryLog(refused);
    expect((await probe(log)).kind).toBe("done");
    expect(log.facts.at(-1)).toMatchObject({
      type: "account.reconnected",
      resumed: ["s1", "s2"],
      course: { consentLost: null, active: { run: 1 }, held: [{ syncId: "s3" }] },
    });
  });

  it("changes nothing while it is refused, or does not answer", async () => {
    for (const category of ["consent_lost", "transient", "rate_limited"] as const) {
      const log = memoryLog(refused);
      expect((await probe(log, scriptedProvider({ profile: faultOf(category) }))).kind).toBe("ignore");
      expect(log.facts).toEqual([refused]);
    }
  });

  it("changes nothing when nobody waits for it any more: it was connected again meanwhile", async () => {
    const log = memoryLog(givenStarted());
    expect((await probe(log)).kind).toBe("ignore");
    expect(log.facts).toHaveLength(1);
  });

  it("decides again when the course moves meanwhile", async () => {
    const log = memoryLog(refused);
    const publish = log.publish;
    let moved = false;
    const ports = {
      ...log,
      publish: async (effect: Parameters<typeof publish>[0]) => {
        if (!moved) log.append({ ...refused, course: { ...course, consentLost: null } });
        moved = true;
        return publish(effect);
      },
    };
    const step = createProbeMailbox({ ...portsOn(log), provider: scriptedProvider() });
    const item = { kind: "probe", syncId: "s1", history: noHistory };
    const delivery = deliveryOf(workSubject("list", ref, "s1"), item);
    expect((await processDelivery(step, delivery, givenContext(), ports)).kind).toBe("ignore");
    expect(log.facts.some(({ type }) => type === "account.reconnected")).toBe(false);
  });

  it("lets the syncs of an account that was removed go on to their end", async () => {
    const log = memoryLog(refused);
    const provider = scriptedProvider();
    await probe(log, provider, { accounts: { load: async () => null } });
    expect(provider.asked).toEqual([]);
    expect(log.facts.at(-1)).toMatchObject({ type: "account.reconnected", resumed: ["s1", "s2"] });
  });
});
