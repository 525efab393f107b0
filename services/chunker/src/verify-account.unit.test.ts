import { noHistory } from "@millrace/shared/events/attempt";
import { factSchema } from "@millrace/shared/events/facts";
import { workSubject } from "@millrace/shared/events/subjects";
import type { VerifyItem } from "@millrace/shared/events/work-item";
import { processDelivery } from "@millrace/shared/runtime/process-delivery";
import { ref } from "@millrace/shared/testing/given";
import { deliveryOf, givenContext, type MemoryLog, memoryLog } from "@millrace/shared/testing/memory-log";
import type { VerificationOutcome } from "@millrace/shared/verify/verification";
import { describe, expect, it } from "vitest";
import type { ChunkerPorts } from "./chunker-ports.ts";
import { portsOn } from "./testing/given.ts";
import { faultOf, scriptedProvider } from "./testing/scripted-provider.ts";
import { createVerifyAccount } from "./verify-account.ts";

const item: VerifyItem = { kind: "verify", syncId: "ver_1", repair: true, history: noHistory };
const counts = {
  listed: 10,
  stored: 9,
  missing: 2,
  extra: 1,
  changed: 3,
  repairSyncId: "syn_1",
  driftsInRow: 1,
};

async function verify(
  log: MemoryLog,
  outcome: VerificationOutcome,
  more: Partial<VerifyItem> = {},
  ports: Partial<ChunkerPorts> = {},
) {
  const failures: unknown[] = [];
  const step = createVerifyAccount({
    ...portsOn(log),
    nowMs: () => 1_000,
    provider: scriptedProvider(),
    verifier: {
      begin: async () => {},
      run: async () => outcome,
      fail: async (_ref, id, fault) => void failures.push([id, fault]),
    },
    ...ports,
  });
  const delivery = deliveryOf(workSubject("list", ref, "ver_1"), { ...item, ...more }, { storedAtMs: 77 });
  const decided = await processDelivery(step, delivery, givenContext(), log);
  return { decided, failures };
}
const faulty = (...[category, more]: Parameters<typeof faultOf>): VerificationOutcome => ({
  kind: "fault",
  ...faultOf(category, more),
  gotFurther: false,
});

describe("a verification", () => {
  it("that came to its end is a fact with what it found", async () => {
    const log = memoryLog();
    await verify(log, { kind: "verified", counts });
    expect(log.facts).toEqual([
      {
        type: "account.verified",
        verificationId: "ver_1",
        listed: 10,
        missing: 2,
        extra: 1,
        changed: 3,
        repairSyncId: "syn_1",
        driftsInRow: 1,
      },
    ]);
    expect(factSchema.safeParse(log.facts[0]).success).toBe(true);
  });

  it("that is redelivered is one fact", async () => {
    const log = memoryLog();
    await verify(log, { kind: "verified", counts });
    await verify(log, { kind: "verified", counts });
    expect(log.facts).toHaveLength(1);
  });

  it.each(["transient", "rate_limited", "token_expired", "unknown"] as const)(
    "that met %s goes on later where it was: it waits on the queue",
    async (category) => {
      const log = memoryLog();
      const { failures } = await verify(log, faulty(category));
      expect(log.work).toMatchObject([
        { lane: "list", item: { kind: "verify", repair: true, history: { failed: 1 } } },
      ]);
      expect(log.work[0]?.dueAtMs).not.toBeNull();
      expect([failures, log.facts]).toEqual([[], []]);
    },
  );

  it("begins its budget anew whenever it got further", async () => {
    const log = memoryLog();
    const history = { failed: 20, streak: 7, poison: 7 };
    await verify(log, { ...faulty("unknown"), gotFurther: true } as VerificationOutcome, { history });
    expect(log.work[0]?.item.history).toEqual({ failed: 21, streak: 1, poison: 1 });
  });

  it("that waiting cannot mend fails with the provider's words", async () => {
    const last = { history: { failed: 7, streak: 7, poison: 7 } };
    const spent = await verify(memoryLog(), faulty("unknown"), last);
    expect(spent.failures).toEqual([["ver_1", { category: "unknown", message: "it is unknown" }]]);
    expect(spent.decided.kind).toBe("ignore");
  });

  it("of a mailbox that refuses us fails: whoever asked asks again when it is connected", async () => {
    const refusal = faultOf("consent_lost", { isConfirmed: true });
    const provider = scriptedProvider({ profile: refusal });
    const outcome: VerificationOutcome = { kind: "fault", ...refusal, gotFurther: false };
    const { failures, decided } = await verify(memoryLog(), outcome, {}, { provider });
    expect(failures).toMatchObject([["ver_1", { category: "consent_lost" }]]);
    expect(decided.kind).toBe("ignore");
  });

  it("that one call refused is tried again while the mailbox itself can be read", async () => {
    const log = memoryLog();
    const { failures } = await verify(log, faulty("consent_lost", { isConfirmed: false }));
    expect(failures).toEqual([]);
    expect(log.work).toHaveLength(1);
  });

  it("that is over leaves nothing behind", async () => {
    const log = memoryLog();
    expect((await verify(log, { kind: "over", why: "somebody else has it" })).decided.kind).toBe("ignore");
    const gone = { accounts: { load: async () => null } };
    expect((await verify(log, { kind: "verified", counts }, {}, gone)).decided.kind).toBe("ignore");
    expect([log.facts, log.work]).toEqual([[], []]);
  });

  it("that nobody waits for takes what others leave of the quota, and gives way after seconds", async () => {
    const log = memoryLog();
    const lanes: unknown[] = [];
    const gaveWay: boolean[] = [];
    let nowMs = 0;
    const scripted = scriptedProvider();
    const ports: Partial<ChunkerPorts> = {
      nowMs: () => nowMs,
      provider: {
        ...scripted,
        connect: (account) => {
          lanes.push(account.lane);
          return scripted.connect(account);
        },
      },
      verifier: {
        begin: async () => {},
        fail: async () => {},
        run: async (_session, _ref, _id, { shouldYield }) => {
          for (const atMs of [0, 9_999, 10_000]) {
            nowMs = atMs;
            gaveWay.push(shouldYield?.() === true);
          }
          return { kind: "yielded" };
        },
      },
    };
    await verify(log, { kind: "yielded" }, { isScheduled: true }, ports);
    expect([lanes, gaveWay]).toEqual([["background"], [false, false, true]]);
    expect(log.work).toMatchObject([
      { lane: "list", item: { kind: "verify", isScheduled: true, history: noHistory }, dueAtMs: null },
    ]);
    nowMs = 0;
    await verify(log, { kind: "yielded" }, {}, ports);
    expect([lanes.at(-1), gaveWay.slice(3)]).toEqual([undefined, [false, false, false]]);
  });

  it("of a copy that is older than what the provider remembers ends at once, where nobody asked", async () => {
    const outcome = faulty("watermark_expired");
    const scheduled = await verify(memoryLog(), outcome, { isScheduled: true });
    expect(scheduled.failures).toMatchObject([["ver_1", { category: "watermark_expired" }]]);
    expect((await verify(memoryLog(), outcome)).failures).toEqual([]);
  });
});
