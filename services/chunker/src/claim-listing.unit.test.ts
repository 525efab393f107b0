import { noHistory } from "@millrace/shared/events/attempt";
import { workSubject } from "@millrace/shared/events/subjects";
import { processDelivery } from "@millrace/shared/runtime/process-delivery";
import { givenListItem, givenStarted, moment, ref } from "@millrace/shared/testing/given";
import { deliveryOf, givenContext, type MemoryLog, memoryLog } from "@millrace/shared/testing/memory-log";
import { expect, it } from "vitest";
import { createClaimListing } from "./claim-listing.ts";
import { portsOn } from "./testing/given.ts";
import { memoryMailboxes } from "./testing/memory-mailboxes.ts";
import { scriptedProvider } from "./testing/scripted-provider.ts";

async function claim(log: MemoryLog, body: unknown) {
  const provider = scriptedProvider({
    pages: { "": { ids: ["a"], nextPageToken: null, estimatedTotal: null } },
  });
  const verified: string[] = [];
  const step = createClaimListing({
    ...portsOn(log),
    provider,
    findings: async () => ({ ids: [], nextPageToken: null }),
    mailboxes: memoryMailboxes(),
    nowMs: () => moment.nowMs,
    verifier: {
      begin: async () => {},
      run: async (_session, _ref, id) => {
        verified.push(id);
        return { kind: "over", why: "seen" };
      },
      fail: async () => {},
    },
  });
  const delivery = deliveryOf(workSubject("list", ref, "s1"), body);
  const outcome = await processDelivery(step, delivery, givenContext(), log);
  return { outcome, verified, asked: provider.asked };
}

it("work that asks the provider for ids finds its step by its kind", async () => {
  const log = memoryLog(givenStarted());
  expect((await claim(log, givenListItem(0))).outcome.kind).toBe("done");
  expect(log.facts.at(-1)?.type).toBe("page.listed");
  const probe = await claim(log, { kind: "probe", syncId: "s1", history: noHistory });
  expect([probe.outcome.kind, probe.asked]).toEqual(["ignore", ["profile"]]);
  const verify = { kind: "verify", syncId: "ver_1", repair: false, history: noHistory };
  expect((await claim(log, verify)).verified).toEqual(["ver_1"]);
});

it("what is no such work is rejected, whatever it is", async () => {
  for (const body of ["", "{", "[]", "null", { kind: "chunk" }, { ...givenListItem(0), pageNumber: -1 }]) {
    const log = memoryLog();
    expect((await claim(log, body)).outcome).toMatchObject({ kind: "reject", effects: [] });
  }
});
