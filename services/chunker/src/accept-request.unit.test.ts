import { type ActiveSync, idleCourse } from "@millrace/shared/events/account-course";
import { removeAccount } from "@millrace/shared/events/evolve-course";
import type { FactOf } from "@millrace/shared/events/facts";
import { requestSubject } from "@millrace/shared/events/subjects";
import { processDelivery } from "@millrace/shared/runtime/process-delivery";
import { at, givenActive, givenPage, givenStarted, ref } from "@millrace/shared/testing/given";
import {
  deliveryOf,
  eventDelivery,
  givenContext,
  type MemoryLog,
  memoryLog,
} from "@millrace/shared/testing/memory-log";
import { describe, expect, it } from "vitest";
import { createAcceptRequest } from "./accept-request.ts";
import { createAdvanceSync } from "./advance-sync.ts";
import type { ChunkerPorts } from "./chunker-ports.ts";
import { account, portsOn } from "./testing/given.ts";

function accept(log: MemoryLog, body: unknown, more: Partial<ChunkerPorts> = {}) {
  const step = createAcceptRequest({ ...portsOn(log), ...more });
  return processDelivery(step, deliveryOf(requestSubject(ref), body), givenContext(), log);
}
const startedId = ({ facts }: MemoryLog): string => {
  const [fact] = facts;
  return fact?.type === "sync.started" ? fact.syncId : "";
};

it("a request starts a sync that keeps of a message what its account wants", async () => {
  const log = memoryLog();
  const raw = { accounts: { load: async () => ({ ...account, content: "raw" as const }) } };
  expect((await accept(log, { mode: "full" }, raw)).kind).toBe("done");
  expect(log.facts).toMatchObject([
    { type: "sync.started", sync: { content: "raw", requestedMode: "full", chunkSize: 100 } },
  ]);
});

it("a sync that starts has its first page listed at once, and once", async () => {
  const log = memoryLog();
  await accept(log, {});
  expect(log.work).toMatchObject([{ lane: "list", item: { kind: "list", pageNumber: 0, run: 0 } }]);
  const id = log.work[0]?.dedupeId;
  const [fact] = log.facts as [FactOf<"sync.started">];
  const again = memoryLog(fact);
  const step = createAdvanceSync(portsOn(again));
  await processDelivery(step, eventDelivery(again.append(fact), { deliveryCount: 1 }), givenContext(), again);
  expect(again.work.map(({ dedupeId }) => dedupeId)).toEqual([id]);
});

it("a redelivered request is decided once, also when its sync is long over", async () => {
  const log = memoryLog();
  await accept(log, {});
  expect((await accept(log, {})).kind).toBe("ignore");
  expect(log.facts).toHaveLength(1);
  const forgotten = memoryLog(givenPage(0, 1, { syncId: startedId(log) }));
  expect((await accept(forgotten, {})).kind).toBe("ignore");
});

it("a request for an account that nobody has connected is rejected, and kept with its reason", async () => {
  const log = memoryLog();
  const outcome = await accept(log, { mode: "full" }, { accounts: { load: async () => null } });
  expect(outcome.kind).toBe("reject");
  expect(log.facts).toMatchObject([
    { type: "request.rejected", reason: "tenant acme has no account acc_1", payload: '{"mode":"full"}' },
  ]);
});

describe("a request for an account whose sync is active", () => {
  const given = (page: Partial<FactOf<"page.listed">> | null, more: Partial<ActiveSync> = {}) =>
    memoryLog(
      givenStarted(givenActive("s0", more)),
      ...(page === null ? [] : [givenPage(0, 5, { syncId: "s0", ...page })]),
    );
  const answerOf = async (log: MemoryLog) => {
    await accept(log, {});
    return log.facts.at(-1);
  };

  it("joins it as long as no changes were read, and counts there", async () => {
    const others = [
      given(null),
      given({ stage: "listing" }),
      given({ stage: "reconcile" }),
      // Changes of an earlier beginning: those of this one come after the request.
      given({ stage: "changes", round: 0 }, { round: 1 }),
    ];
    for (const log of others)
      expect(await answerOf(log)).toMatchObject({
        type: "sync.coalesced",
        into: "s0",
        course: { active: { joined: 1 } },
      });
  });

  it("waits for its end once it has read changes, also in the middle of them", async () => {
    for (const nextPageToken of [null, "more"])
      expect(await answerOf(given({ stage: "changes", nextPageToken }))).toMatchObject({
        type: "sync.queued",
        behind: "s0",
        course: { active: { joined: 0 } },
      });
  });
});

describe("a request for an account that is leaving", () => {
  const asked = { requestedAt: at, requestId: "req-1" };
  const requested: FactOf<"account.removal_requested"> = {
    type: "account.removal_requested",
    requestId: "req-1",
    cancelled: [],
    course: removeAccount(idleCourse, asked),
  };
  const gone = { accounts: { load: async () => null } };

  it("ends at once, is remembered, and keeps the removal", async () => {
    const log = memoryLog(requested);
    await accept(log, { syncId: "wanted" }, gone);
    expect(log.facts.slice(1)).toMatchObject([
      {
        type: "sync.failed",
        category: "account_removed",
        course: { active: null, waiting: [], removal: asked },
      },
    ]);
    await accept(log, { syncId: "wanted" }, gone);
    expect(log.facts).toHaveLength(2);
    expect(log.work).toEqual([]);
  });

  it("leaves nothing when the account was removed, also when an older database has it again", async () => {
    const log = memoryLog({
      ...requested,
      course: { ...requested.course, removal: { ...asked, removedAt: at } },
    });
    for (const more of [gone, {}]) expect((await accept(log, {}, more)).kind).toBe("ignore");
    expect(log.facts).toHaveLength(1);
  });
});
