import type { ActiveSync } from "@millrace/shared/events/account-course";
import type { Fact, FactOf } from "@millrace/shared/events/facts";
import { workSubject } from "@millrace/shared/events/subjects";
import type { ListItem } from "@millrace/shared/events/work-item";
import type { Outcome } from "@millrace/shared/runtime/outcome";
import { processDelivery } from "@millrace/shared/runtime/process-delivery";
import {
  at,
  givenActive,
  givenCourse,
  givenFetched,
  givenListItem,
  givenPage,
  givenProgress,
  givenStarted,
  moment,
  ref,
} from "@millrace/shared/testing/given";
import { deliveryOf, givenContext, type MemoryLog, memoryLog } from "@millrace/shared/testing/memory-log";
import { describe, expect, it } from "vitest";
import type { ChunkerPorts } from "./chunker-ports.ts";
import { createListPage } from "./list-page.ts";
import { portsOn } from "./testing/given.ts";
import { memoryMailboxes } from "./testing/memory-mailboxes.ts";
import {
  emptyProfile,
  faultOf,
  type ScriptedProvider,
  scriptedProvider,
} from "./testing/scripted-provider.ts";

const noFindings: ChunkerPorts["findings"] = async () => {
  throw new Error("nobody repairs");
};
const nobodyCompares = async () => {
  throw new Error("nobody compares");
};
const noVerifier: ChunkerPorts["verifier"] = {
  begin: nobodyCompares,
  run: nobodyCompares,
  fail: nobodyCompares,
};
const page = (
  ids: readonly string[],
  nextPageToken: string | null = null,
  estimatedTotal: number | null = 7,
) => ({
  ids,
  nextPageToken,
  estimatedTotal,
});

function run(
  log: MemoryLog,
  provider: ScriptedProvider,
  item: ListItem = givenListItem(0),
  more: Partial<ChunkerPorts> = {},
): Promise<Outcome> {
  const step = createListPage({
    ...portsOn(log),
    provider,
    findings: noFindings,
    mailboxes: memoryMailboxes(),
    verifier: noVerifier,
    nowMs: () => moment.nowMs,
    ...more,
  });
  return processDelivery(step, deliveryOf(workSubject("list", ref, "s1"), item), givenContext(), log);
}
const lastFact = ({ facts }: MemoryLog) => facts.at(-1) as FactOf<"page.listed">;
/** The window reaches past the first page. */
const twoSettled = givenFetched(givenProgress(2));
const sync = (more: Partial<ActiveSync>): Fact => givenStarted(givenActive("s1", more));

describe("the first page of a listing", () => {
  it("is asked for after the mailbox's watermark, so that nothing falls between the two", async () => {
    const log = memoryLog(givenStarted());
    const provider = scriptedProvider({ pages: { "": page(["a", "b"]) } });
    expect((await run(log, provider)).kind).toBe("done");
    expect(provider.asked).toEqual(["profile", { idsMax: 500 }]);
    expect(lastFact(log)).toMatchObject({
      pageNumber: 0,
      messageIds: ["a", "b"],
      baseline: "42",
      since: "42",
    });
  });

  it("promises the exact number of a whole mailbox, and the listing's guess for a part of it", async () => {
    const pages = { "": page(["a"]) };
    const whole = memoryLog(givenStarted());
    await run(whole, scriptedProvider({ pages }));
    expect(lastFact(whole).estimatedTotal).toBe(1_234);
    for (const scope of [{ query: "from:x" }, { labelIds: ["INBOX"] }]) {
      const part = memoryLog(sync({ scope, plan: ["listing"] }));
      await run(part, scriptedProvider({ pages }));
      expect(lastFact(part).estimatedTotal).toBe(7);
    }
    const unknown = memoryLog(givenStarted());
    await run(unknown, scriptedProvider({ profile: { ...emptyProfile, messagesTotal: null }, pages }));
    expect(lastFact(unknown).estimatedTotal).toBe(7);
  });

  it("is not asked for when the watermark cannot be had", async () => {
    const log = memoryLog(givenStarted());
    const provider = scriptedProvider({ profile: faultOf("transient") });
    await run(log, provider);
    expect(provider.asked).toEqual(["profile"]);
    expect(log.facts.at(-1)).toMatchObject({ type: "page.attempt_failed", category: "transient" });
    expect(log.work).toMatchObject([{ lane: "list", item: { pageNumber: 0, history: { failed: 1 } } }]);
  });
});

describe("a later page", () => {
  it("is asked for with the token of the page before, with the scope of the sync and without the profile", async () => {
    const scope = { query: "from:x", labelIds: ["INBOX"] };
    const log = memoryLog(sync({ scope, plan: ["listing"] }), givenPage(0, 500), twoSettled);
    const provider = scriptedProvider({ pages: { "page-1": page(["z"]) } });
    await run(log, provider, givenListItem(1));
    expect(provider.asked).toEqual([{ ...scope, pageToken: "page-1", idsMax: 500 }]);
    expect(lastFact(log)).toMatchObject({
      pageNumber: 1,
      messageIds: ["z"],
      firstChunk: 5,
      listedBefore: 500,
      baseline: null,
    });
  });

  it("keeps the exact number that the first page knew", async () => {
    const log = memoryLog(givenStarted(), givenPage(0, 500, { estimatedTotal: 1_234 }), twoSettled);
    await run(log, scriptedProvider({ pages: { "page-1": page(["z"]) } }), givenListItem(1));
    expect(lastFact(log).estimatedTotal).toBe(1_234);
  });
});

describe("a listing that nobody needs", () => {
  it.each<[string, Fact[], ListItem]>([
    ["whose page is listed", [givenStarted(), givenPage(0, 500)], givenListItem(0)],
    ["whose page comes later", [givenStarted(), givenPage(0, 500)], givenListItem(2)],
    [
      "of a part of a mailbox that has ended",
      [sync({ plan: ["listing"] }), givenPage(0, 0, { nextPageToken: null })],
      givenListItem(1),
    ],
    [
      "of the changes, while a chunk is open",
      [givenStarted(), givenPage(0, 5, { nextPageToken: null })],
      givenListItem(1),
    ],
    [
      "of a sync that has read its changes",
      [givenStarted(), givenPage(0, 0, { nextPageToken: null, stage: "changes" })],
      givenListItem(1),
    ],
    ["of an earlier run", [sync({ run: 1 })], givenListItem(0)],
    ["of another sync", [givenStarted(givenActive("s2"))], givenListItem(0)],
    [
      "of a paused sync",
      [
        givenStarted(
          undefined,
          givenCourse({ active: givenActive("s1"), held: [{ syncId: "s1", since: at }] }),
        ),
      ],
      givenListItem(0),
    ],
  ])("(%s) asks nobody and leaves no fact", async (_, facts, item) => {
    const log = memoryLog(...facts);
    const provider = scriptedProvider();
    expect((await run(log, provider, item)).kind).toBe("ignore");
    expect(provider.asked).toEqual([]);
    expect([log.facts.length, log.work]).toEqual([facts.length, []]);
  });

  it("because somebody else has listed the page meanwhile changes nothing", async () => {
    const log = memoryLog(givenStarted());
    const provider = scriptedProvider({ pages: { "": page(["mine"]) } });
    const other = givenPage(0, 1, { messageIds: ["theirs"] });
    const accounts = {
      load: async () => {
        if (log.facts.length === 1) log.append(other, "s1.page.0");
        return portsOn(log).accounts.load();
      },
    };
    await run(log, provider, givenListItem(0), { accounts });
    expect(provider.asked).toHaveLength(2);
    expect(log.facts).toEqual([givenStarted(), other]);
  });
});

describe("a mailbox that refuses us", () => {
  it("is asked for its profile before its owner is asked to do something", async () => {
    const log = memoryLog(givenStarted(), givenPage(0, 500), twoSettled);
    const provider = scriptedProvider({
      pages: { "page-1": faultOf("consent_lost", { isConfirmed: false }) },
    });
    await run(log, provider, givenListItem(1));
    expect(provider.asked.at(-1)).toBe("profile");
    expect(log.facts.at(-1)).toMatchObject({ type: "page.attempt_failed", category: "transient" });
  });

  it("pauses at once when the token endpoint says so", async () => {
    const log = memoryLog(givenStarted());
    await run(log, scriptedProvider({ profile: faultOf("consent_lost", { isConfirmed: true }) }));
    expect(log.facts.at(-1)).toMatchObject({ type: "sync.paused", reason: "consent_lost" });
    expect(log.work).toEqual([]);
  });
});

describe("a sync that repairs", () => {
  it("lists what a verification found, page by page, and asks no provider", async () => {
    const asked: unknown[] = [];
    const findings: ChunkerPorts["findings"] = async (...wanted) => {
      asked.push(wanted);
      return { ids: ["a", "b"], nextPageToken: "b" };
    };
    const log = memoryLog(sync({ repairOf: "ver_1", plan: ["findings"] }));
    const provider = scriptedProvider();
    await run(log, provider, givenListItem(0), { findings });
    expect(lastFact(log)).toMatchObject({ messageIds: ["a", "b"], nextPageToken: "b", baseline: null });
    await run(log, provider, givenListItem(1), { findings });
    expect(asked).toEqual([
      [ref, "ver_1", null, 500],
      [ref, "ver_1", "b", 500],
    ]);
    expect(provider.asked).toEqual([]);
  });
});

describe("a sync of changes", () => {
  const incremental = sync({ mode: "incremental", plan: ["changes"], since: "7", joined: 2 });

  it("records what has become of each message, and up to where", async () => {
    const log = memoryLog(incremental);
    const change = { kind: "relabelled", at: "8", added: ["A"], removed: [], hiddenAs: null } as const;
    const provider = scriptedProvider({
      changes: { "": { changes: [{ id: "a", ...change }], nextPageToken: null, watermark: "9" } },
      labels: [{ id: "A", name: "a", type: "user", textColor: null, backgroundColor: null }],
    });
    await run(log, provider);
    expect(lastFact(log)).toMatchObject({
      type: "page.listed",
      stage: "changes",
      joined: 2,
      since: "7",
      watermark: "9",
      messageIds: ["a"],
      changes: [change],
    });
  });

  it("counts who had joined before its first page, because its watermark is of then", async () => {
    const first = givenPage(0, 0, { stage: "changes", joined: 1, watermark: "8", since: "7" });
    const log = memoryLog(incremental, first);
    const changes = { "page-1": { changes: [], nextPageToken: null, watermark: "9" } };
    await run(log, scriptedProvider({ changes }), givenListItem(1));
    expect(lastFact(log)).toMatchObject({ pageNumber: 1, watermark: "8", joined: 1 });
    // Read once more, it is read after whoever joined.
    const again = { "": { changes: [], nextPageToken: null, watermark: "10" } };
    await run(log, scriptedProvider({ changes: again }), givenListItem(2));
    expect(lastFact(log)).toMatchObject({ pageNumber: 2, since: "8", watermark: "10", joined: 2 });
  });

  it("begins anew when the provider has forgotten its watermark", async () => {
    const log = memoryLog(incremental);
    await run(log, scriptedProvider({ changes: { "": faultOf("watermark_expired") } }));
    expect(log.facts.at(-1)).toMatchObject({
      type: "sync.rebased",
      course: { active: { mode: "full", round: 1, run: 1 } },
    });
    expect(log.work).toEqual([]);
  });
});

describe("an account that is not in the database any more", () => {
  it("ends its sync", async () => {
    const log = memoryLog(givenStarted());
    await run(log, scriptedProvider(), givenListItem(0), { accounts: { load: async () => null } });
    expect(log.facts.at(-1)).toMatchObject({ type: "sync.failed", category: "account_removed" });
  });
});
