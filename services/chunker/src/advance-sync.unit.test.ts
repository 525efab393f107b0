import { noHistory } from "@millrace/shared/events/attempt";
import {
  anew,
  completeSync,
  endSync,
  holdSync,
  loseConsent,
  queueSync,
  regainConsent,
  removeAccount,
  resumeSync,
} from "@millrace/shared/events/evolve-course";
import type { EventOf, Fact, FactOf } from "@millrace/shared/events/facts";
import { noteSubject } from "@millrace/shared/events/subjects";
import type { SyncRequest } from "@millrace/shared/events/sync-request";
import type { WorkItem } from "@millrace/shared/events/work-item";
import { processDelivery } from "@millrace/shared/runtime/process-delivery";
import {
  at,
  givenActive,
  givenChunkItem,
  givenCourse,
  givenFetched,
  givenPage,
  givenProgress,
  givenRequest,
  givenShare,
  givenStarted,
  ref,
} from "@millrace/shared/testing/given";
import {
  deliveryOf,
  eventDelivery,
  givenContext,
  type MemoryLog,
  memoryLog,
} from "@millrace/shared/testing/memory-log";
import { describe, expect, it } from "vitest";
import { createAdvanceSync } from "./advance-sync.ts";
import type { ChunkerPorts } from "./chunker-ports.ts";
import { account, portsOn } from "./testing/given.ts";

const active = givenActive("s1");
const course = givenCourse({ active });
const keysOf = ({ work }: MemoryLog): string[] => work.map(({ item }) => keyOf(item));
const keyOf = (item: WorkItem): string =>
  item.kind === "chunk"
    ? `${item.run}:${item.chunkIndex}`
    : `${item.kind} ${"pageNumber" in item ? item.pageNumber : ""}`;

function deliver(
  log: MemoryLog,
  event: EventOf,
  { deliveryCount = 1, ...more }: Partial<ChunkerPorts> & { deliveryCount?: number } = {},
) {
  const step = createAdvanceSync({ ...portsOn(log), ...more });
  return processDelivery(step, eventDelivery(event, { deliveryCount }), givenContext(), log);
}
/** The newest fact is delivered. */
const append = (log: MemoryLog, fact: Fact) => deliver(log, log.append(fact));

describe("a sync", () => {
  it("runs to its end, by nothing but its facts", async () => {
    const log = memoryLog();
    await append(log, givenStarted());
    expect(keysOf(log)).toEqual(["list 0"]);
    await append(log, givenPage(0, 500));
    await append(log, givenFetched(givenProgress(1)));
    await append(log, givenFetched(givenProgress(2)));
    await append(log, givenPage(1, 100, { nextPageToken: null }));
    for (const count of [3, 4, 5]) await append(log, givenFetched(givenProgress(count)));
    expect(keysOf(log)).toEqual(["list 0", "0:0", "0:1", "0:2", "0:3", "0:4", "list 1", "0:5"]);
    await append(log, givenFetched(givenProgress(6)));
    expect(log.facts.at(-1)?.type).toBe("chunk.fetched");
    expect(keysOf(log).slice(8)).toEqual(["list 2"]);
    const place = { firstChunk: 6, listedBefore: 600 };
    await append(
      log,
      givenPage(2, 100, { stage: "changes", nextPageToken: null, watermark: "60", ...place }),
    );
    expect(keysOf(log).slice(9)).toEqual(["0:6"]);
    await append(log, givenFetched(givenProgress(7)));
    expect(log.facts.at(-1)).toMatchObject({ type: "sync.completed", watermark: "60", revision: 7 });
  });

  it("completes once, however often its last fact is delivered", async () => {
    const log = memoryLog(givenStarted(), givenPage(0, 100, { nextPageToken: null, stage: "changes" }));
    const last = log.append(givenFetched(givenProgress(1)));
    await deliver(log, last);
    expect((await deliver(log, last, { deliveryCount: 2 })).kind).toBe("ignore");
    expect(log.facts.filter(({ type }) => type === "sync.completed")).toHaveLength(1);
  });

  it("whose worker has released the next chunk is left alone", async () => {
    const log = memoryLog(givenStarted(), givenPage(0, 500));
    const settled = givenFetched(givenProgress(1));
    await append(log, { ...settled, releases: { chunkIndex: 4, run: 0 } });
    expect(log.work).toEqual([]);
    await append(log, settled);
    expect(keysOf(log)).toEqual(["0:4"]);
  });

  it("is looked after when what the worker has released is void, because the sync was planned anew", async () => {
    const anewCourse = anew(course);
    const log = memoryLog(givenStarted(), givenPage(0, 500));
    log.append({ type: "sync.resumed", syncId: "s1", course: anewCourse });
    await append(log, { ...givenFetched(givenProgress(1)), releases: { chunkIndex: 4, run: 0 } });
    expect(keysOf(log)).toEqual(["1:4"]);
  });

  it("that is over is moved by none of its late facts", async () => {
    const log = memoryLog(givenStarted(), givenPage(0, 500));
    log.append({ type: "sync.cancelled", syncId: "s1", request: null, course: endSync(course, "s1") });
    expect((await append(log, givenFetched(givenProgress(1)))).kind).toBe("ignore");
    expect(log.work).toEqual([]);
  });
});

describe("a fact that is delivered again", () => {
  it("puts back what is not on the queue, and nothing twice", async () => {
    const log = memoryLog(givenStarted());
    const page = log.append(givenPage(0, 500));
    await deliver(log, page);
    log.work.splice(1, 2);
    await deliver(log, page, { deliveryCount: 2 });
    expect(keysOf(log)).toEqual(["0:0", "0:3", "0:1", "0:2"]);
  });

  it("plans a new run, although work of the run before it is queued still", async () => {
    const log = memoryLog(givenStarted(), givenPage(0, 500));
    await deliver(log, log.append(givenPage(0, 500), "again"));
    const resumed = resumeSync(holdSync(course, "s1", at), "s1", at);
    const event = log.append({ type: "sync.resumed", syncId: "s1", course: resumed });
    await deliver(log, event, { deliveryCount: 2 });
    expect(keysOf(log).slice(-4)).toEqual(["1:0", "1:1", "1:2", "1:3"]);
  });
});

describe("work is planned anew", () => {
  const lost = loseConsent(course, at, "invalid_grant");
  const planning: readonly Fact[] = [
    { type: "sync.resumed", syncId: "s1", course: resumeSync(holdSync(course, "s1", at), "s1", at) },
    { type: "account.reconnected", resumed: ["s1"], course: regainConsent(lost, at) },
    {
      type: "account.restored",
      reason: "",
      restored: ["s1"],
      course: { ...course, active: { ...active, run: 9 } },
    },
  ];

  it.each(planning)("after $type: all that is outstanding, in the new run", async (fact) => {
    const log = memoryLog(givenStarted(), givenPage(0, 500), givenFetched(givenProgress(2)));
    await append(log, fact);
    const run = "course" in fact ? fact.course.active?.run : null;
    expect(keysOf(log)).toEqual([`${run}:2`, `${run}:3`, `${run}:4`, "list 1"]);
  });

  const stalled: Fact = {
    type: "sync.stalled",
    syncId: "s1",
    chunkIndexes: [3],
    pageNumber: null,
    reason: "",
  };

  it("after it stalled: what is neither queued nor claimed, and no more", async () => {
    const log = memoryLog(givenStarted(), givenPage(0, 500), givenFetched(givenProgress(1)));
    await deliver(log, log.append(givenPage(0, 500), "again"));
    log.work.splice(1, 1);
    await append(log, stalled);
    expect(keysOf(log)).toEqual(["0:1", "0:3", "0:4", "0:2"]);
  });

  it("over several pages, when the window reaches over several", async () => {
    const wide = givenActive("s1", { windowChunks: 9 });
    const small = (pageNumber: number) =>
      givenPage(pageNumber, 200, { firstChunk: pageNumber * 2, listedBefore: pageNumber * 200 });
    const log = memoryLog(givenStarted(wide), ...[0, 1, 2, 3, 4].map(small));
    const asked: number[] = [];
    const page: ChunkerPorts["state"]["page"] = (...wanted) => {
      asked.push(wanted[2]);
      return log.state.page(...wanted);
    };
    log.append(givenFetched(givenProgress(3)));
    await deliver(log, log.append(stalled), { state: { ...log.state, page } });
    expect(keysOf(log)).toEqual([3, 4, 5, 6, 7, 8, 9].map((index) => `0:${index}`).concat("list 5"));
    const chunks = log.work.flatMap(({ item }) => (item.kind === "chunk" ? [item] : []));
    expect(
      chunks.map(({ pageNumber, messageIds }) => [pageNumber, messageIds.length, messageIds[0]]),
    ).toEqual([
      [1, 100, "m1-100"],
      [2, 100, "m2-0"],
      [2, 100, "m2-100"],
      [3, 100, "m3-0"],
      [3, 100, "m3-100"],
      [4, 100, "m4-0"],
      [4, 100, "m4-100"],
    ]);
    expect(asked).toEqual([3, 2, 1]); // no further back than the first chunk that is outstanding
  });

  it("is nothing while the sync is paused", async () => {
    const log = memoryLog(givenStarted(active, holdSync(course, "s1", at)), givenPage(0, 500));
    expect((await append(log, stalled)).kind).toBe("ignore");
  });
});

describe("the next sync of an account", () => {
  const waiting = queueSync(queueSync(course, givenRequest("s2")), givenRequest("s3"));

  it.each<[string, Fact]>([
    [
      "has completed",
      {
        type: "sync.completed",
        syncId: "s1",
        status: "completed",
        ledger: givenShare(0),
        revision: 0,
        chunkCount: 0,
        watermark: null,
        course: completeSync(waiting, "s1", null),
      },
    ],
    [
      "has failed",
      {
        type: "sync.failed",
        syncId: "s1",
        category: "x",
        message: "",
        request: null,
        course: endSync(waiting, "s1"),
      },
    ],
    [
      "was cancelled",
      { type: "sync.cancelled", syncId: "s1", request: null, course: endSync(waiting, "s1") },
    ],
  ])("starts when the one before %s", async (_, fact) => {
    const log = memoryLog();
    await append(log, fact);
    expect(log.facts.at(-1)).toMatchObject({ type: "sync.started", syncId: "s2" });
    expect((log.facts.at(-1) as FactOf<"sync.started">).course.waiting).toHaveLength(1);
  });

  it("passes one that a person paused, and starts that one when it is resumed", async () => {
    const log = memoryLog();
    const held = holdSync(endSync(waiting, "s1"), "s2", at);
    await append(log, { type: "sync.cancelled", syncId: "s1", request: null, course: held });
    expect(log.facts.at(-1)).toMatchObject({ type: "sync.started", syncId: "s3" });
    const idle = givenCourse({ waiting: [givenRequest("s2")] });
    const other = memoryLog();
    await append(other, { type: "sync.resumed", syncId: "s2", course: idle });
    expect(other.facts.at(-1)).toMatchObject({ type: "sync.started", syncId: "s2" });
  });

  it("that was refused is looked at once more: its credentials may just have been replaced", async () => {
    const lost = loseConsent(course, at, "invalid_grant");
    const pause = (request: SyncRequest | null): Fact => ({
      type: "sync.paused",
      syncId: "s1",
      reason: "consent_lost",
      message: "invalid_grant",
      request,
      course: lost,
    });
    const log = memoryLog();
    await append(log, pause(null));
    expect(log.work).toMatchObject([{ lane: "list", item: { kind: "probe", syncId: "s1" } }]);
    expect((await append(log, pause(givenRequest("s2")))).kind).toBe("ignore");
  });

  it("does not start while the mailbox refuses us, and starts when it is connected again", async () => {
    const lost = loseConsent(endSync(waiting, "s1"), at, "invalid_grant");
    const log = memoryLog();
    const cancelled: Fact = { type: "sync.cancelled", syncId: "s1", request: null, course: lost };
    expect((await append(log, cancelled)).kind).toBe("ignore");
    await append(log, {
      type: "account.reconnected",
      resumed: ["s2", "s3"],
      course: regainConsent(lost, at),
    });
    expect(log.facts.at(-1)).toMatchObject({ type: "sync.started", syncId: "s2" });
  });

  it("starts when the reconciler finds that it does not", async () => {
    const idle = endSync(waiting, "s1");
    const log = memoryLog({ type: "sync.cancelled", syncId: "s1", request: null, course: idle });
    await append(log, { type: "sync.stalled", syncId: "s2", chunkIndexes: [], pageNumber: null, reason: "" });
    expect(log.facts.at(-1)).toMatchObject({ type: "sync.started", syncId: "s2" });
  });

  it("goes on where it was when the log had lost it: in a run that nobody knows of", async () => {
    const idle = givenCourse({ waiting: [givenRequest("s2")] });
    const log = memoryLog(givenPage(0, 500, { syncId: "s2" }));
    await append(log, { type: "account.restored", reason: "", restored: ["s2"], course: idle });
    expect(log.facts.at(-1)).toMatchObject({ type: "sync.started", sync: { run: Date.parse(at) } });
  });

  it("ends, and so do all that wait, when the account is not in the database any more", async () => {
    const log = memoryLog();
    const accounts = { load: async () => null };
    const cancelled: Fact = {
      type: "sync.cancelled",
      syncId: "s1",
      request: null,
      course: endSync(waiting, "s1"),
    };
    let event = log.append(cancelled);
    for (const syncId of ["s2", "s3"]) {
      await deliver(log, event, { accounts });
      const ended = log.facts.at(-1) as FactOf<"sync.failed">;
      expect(ended).toMatchObject({ type: "sync.failed", syncId, category: "account_removed" });
      event = { ...event, fact: ended, id: `${syncId}.failed` };
    }
    expect((await deliver(log, event, { accounts })).kind).toBe("ignore");
  });
});

describe("dead letters that are put back", () => {
  const redriven: Fact = {
    type: "dead_letters.redriven",
    syncId: "s1",
    chunkIndex: 3,
    content: "raw",
    letters: [
      { ordinal: 4, messageId: "d" },
      { ordinal: 6, messageId: "f" },
    ],
  };

  it("are work in the live lane, whether their sync runs or has ended", async () => {
    for (const log of [memoryLog(), memoryLog(givenStarted())]) {
      await deliver(log, log.append(redriven, "r1"));
      expect(log.work).toEqual([
        {
          kind: "enqueue",
          ref,
          lane: "live",
          dedupeId: "r1",
          dueAtMs: null,
          item: {
            kind: "redrive",
            syncId: "s1",
            chunkIndex: 3,
            content: "raw",
            messageIds: ["d", "f"],
            ordinals: [4, 6],
            history: noHistory,
          },
        },
      ]);
    }
  });
});

describe("facts from which nothing follows", () => {
  const attempt = {
    syncId: "s1",
    category: "transient",
    message: "",
    attempt: 1,
    next: "retry",
    nextAt: null,
  } as const;
  const facts: Fact[] = [
    { type: "chunk.attempt_failed", ...attempt, chunkIndex: 0, settled: 0, open: 1, isRedrive: false },
    { type: "page.attempt_failed", ...attempt, pageNumber: 0 },
    {
      type: "dead_letters.settled",
      syncId: "s1",
      chunkIndex: 0,
      letters: [{ ordinal: 0, outcome: "stored" }],
      mail: { added: [], changed: [], deleted: [] },
      progress: givenProgress(1),
    },
    { type: "request.republished", syncId: "s1", reason: "" },
  ];

  it.each(facts)("($type) are acknowledged", async (fact) => {
    const log = memoryLog(givenStarted(), givenPage(0, 500));
    expect((await append(log, fact)).kind).toBe("ignore");
    expect(log.work).toEqual([]);
  });

  it("are rejected when they are no facts at all", async () => {
    const log = memoryLog();
    const step = createAdvanceSync(portsOn(log));
    const rubbish = deliveryOf(noteSubject(ref), givenChunkItem());
    expect((await processDelivery(step, rubbish, givenContext(), log)).kind).toBe("reject");
  });
});

describe("the seat of a tenant with a cap", () => {
  const capped = { load: async () => ({ ...account, runningSyncsMax: 1 }) };
  const waiting = queueSync(givenCourse(), givenRequest("s1"));
  const queued: Fact = {
    type: "sync.queued",
    syncId: "s1",
    behind: null,
    request: givenRequest("s1"),
    course: waiting,
  };
  /** Notes what it is asked. */
  const lineOf = (hasSeat: boolean, asked: string[]): ChunkerPorts["line"] => ({
    take: async (_ref, syncId, cause) => {
      asked.push(`take ${syncId} for ${cause}`);
      return hasSeat;
    },
    leave: async (_ref, syncId, cause) => {
      asked.push(`leave ${syncId} for ${cause}`);
      return [];
    },
    keep: async (_ref, syncId) => void asked.push(`keep ${syncId}`),
  });
  async function askedBy(log: MemoryLog, fact: Fact, hasSeat = true): Promise<string[]> {
    const asked: string[] = [];
    await deliver(log, log.append(fact, "e"), { accounts: capped, line: lineOf(hasSeat, asked) });
    return asked;
  }

  it("is asked for by one that waits, which starts when there is one", async () => {
    const log = memoryLog();
    expect(await askedBy(log, queued, false)).toEqual(["take s1 for e"]);
    expect(log.facts).toHaveLength(1);
    const other = memoryLog();
    await askedBy(other, queued, true);
    expect(other.facts.at(-1)).toMatchObject({ type: "sync.started", syncId: "s1" });
    expect(keysOf(other)).toEqual(["list 0"]);
  });

  it("is given up at the end, and by a pause", async () => {
    const ended: Fact = {
      type: "sync.cancelled",
      syncId: "s1",
      request: null,
      course: endSync(course, "s1"),
    };
    expect(await askedBy(memoryLog(givenStarted()), ended)).toEqual(["leave s1 for e"]);
    const paused: Fact = {
      type: "sync.paused",
      syncId: "s1",
      reason: "requested",
      message: "",
      request: null,
      course: holdSync(course, "s1", at),
    };
    expect(await askedBy(memoryLog(givenStarted()), paused)).toEqual(["leave s1 for e"]);
  });

  it("is given up by each sync that the removal of its account ends, and nothing of the account starts", async () => {
    const busy = queueSync(course, givenRequest("s2"));
    const removal = { requestedAt: at, requestId: "req-1" };
    const requested: Fact = {
      type: "account.removal_requested",
      requestId: "req-1",
      cancelled: ["s1", "s2"],
      course: removeAccount(busy, removal),
    };
    const log = memoryLog(givenStarted());
    expect(await askedBy(log, requested)).toEqual(["leave s1 for e", "leave s2 for e"]);
    expect(log.facts).toHaveLength(2);
    expect(log.work).toEqual([]);
  });

  it("is kept by one that goes on, and when a pause is told of that is over", async () => {
    const held = holdSync(course, "s1", at);
    const resumed: Fact = { type: "sync.resumed", syncId: "s1", course: resumeSync(held, "s1", at) };
    expect(await askedBy(memoryLog(givenStarted()), resumed)).toEqual(["keep s1"]);
    const log = memoryLog(givenStarted());
    const paused = log.append({
      ...{ type: "sync.paused", syncId: "s1", reason: "requested", message: "", request: null },
      course: held,
    });
    log.append(resumed);
    const asked: string[] = [];
    await deliver(log, paused, { accounts: capped, line: lineOf(true, asked) });
    expect(asked).toEqual(["keep s1"]);
  });
});
