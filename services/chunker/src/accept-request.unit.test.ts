import { requestSubject } from "@millrace/shared/events/subjects";
import { processDelivery } from "@millrace/shared/runtime/process-delivery";
import { givenPage, ref } from "@millrace/shared/testing/given";
import { deliveryOf, givenContext, type MemoryLog, memoryLog } from "@millrace/shared/testing/memory-log";
import { expect, it } from "vitest";
import { createAcceptRequest } from "./accept-request.ts";
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
