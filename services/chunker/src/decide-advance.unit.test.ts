import { noProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import type { Fact } from "@millrace/shared/events/facts";
import { emptyLedger } from "@millrace/shared/events/ledger";
import type { Outcome } from "@millrace/shared/runtime/outcome";
import type { Page } from "@millrace/shared/steps/cut-chunks";
import type { SyncSituation } from "@millrace/shared/steps/sync-situation";
import {
  at,
  eventOf,
  givenActive,
  givenCourse,
  givenFetched,
  givenPage,
  givenProgress,
  givenShare,
  givenStarted,
} from "@millrace/shared/testing/given";
import { describe, expect, it } from "vitest";
import { chunksReleasedBy, decideAdvance, listingDueBy, type Readings } from "./decide-advance.ts";
import { appended, enqueued, givenRunning } from "./testing/given.ts";

const firstPage = givenPage(0, 500);
const lastPage = givenPage(1, 300, { nextPageToken: null });
const readings = (more: Partial<Readings> = {}): Readings => ({
  pages: [],
  firstPage,
  queued: new Set(),
  ...more,
});
const released = (outcome: Outcome): number[] =>
  enqueued(outcome).flatMap(({ item }) => (item.kind === "chunk" ? [item.chunkIndex] : []));
const listings = (outcome: Outcome): number[] =>
  enqueued(outcome).flatMap(({ item }) => (item.kind === "list" ? [item.pageNumber] : []));
const advance = (fact: Fact, situation: SyncSituation, pages: readonly Page[] = []): Outcome =>
  decideAdvance(eventOf(fact), situation, readings({ pages }));

const resumed = (course = givenCourse({ active: givenActive("s1") })): Fact => ({
  type: "sync.resumed",
  syncId: "s1",
  course,
});
const stalled: Fact = { type: "sync.stalled", syncId: "s1", chunkIndexes: [1], pageNumber: null, reason: "" };

describe("a started sync", () => {
  it("has its first page listed", () => {
    const outcome = advance(givenStarted(), givenRunning());
    expect(listings(outcome)).toEqual([0]);
    expect(enqueued(outcome)[0]).toMatchObject({ lane: "list", dueAtMs: null, item: { run: 0 } });
  });

  it("goes on where it was when it began before the log was lost", () => {
    const situation = givenRunning({ newestPage: firstPage, progress: givenProgress(2) });
    const outcome = advance(givenStarted(), situation, [firstPage]);
    expect(released(outcome)).toEqual([2, 3, 4]);
    expect(listings(outcome)).toEqual([1]);
  });
});

describe("a listed page", () => {
  it("releases its chunks up to the window, the first one in the live lane", () => {
    const outcome = advance(firstPage, givenRunning({ newestPage: firstPage }), [firstPage]);
    expect(released(outcome)).toEqual([0, 1, 2, 3]);
    expect(enqueued(outcome).map(({ lane }) => lane)).toEqual(["live", "bulk", "bulk", "bulk"]);
    expect(listings(outcome)).toEqual([]);
  });

  it("has the next page listed when the window reaches past it", () => {
    const page = givenPage(0, 200);
    const outcome = advance(page, givenRunning({ newestPage: page }), [page]);
    expect(released(outcome)).toEqual([0, 1]);
    expect(listings(outcome)).toEqual([1]);
  });

  it("without messages has the next one listed", () => {
    const page = givenPage(0, 0);
    expect(listings(advance(page, givenRunning({ newestPage: page }), [page]))).toEqual([1]);
  });

  it("that is not the newest any more leaves the listing to the newest", () => {
    const [first, second] = [givenPage(0, 200), givenPage(1, 100, { firstChunk: 2, listedBefore: 200 })];
    const situation = givenRunning({ newestPage: second });
    expect(listingDueBy(eventOf(first), situation)).toBeNull();
    expect(listingDueBy(eventOf(second), situation)).toBe(2);
  });

  it("that comes again releases only what is neither settled nor queued", () => {
    const progress = settleChunk(noProgress, 0, givenShare(100)) ?? noProgress;
    const situation = givenRunning({ newestPage: firstPage, progress });
    const queued = new Set(["chunk-0-1", "chunk-0-3"]);
    const outcome = decideAdvance(eventOf(firstPage), situation, readings({ pages: [firstPage], queued }));
    expect(released(outcome)).toEqual([2, 4]);
  });

  it("that comes again does not ask for a page whose listing is queued", () => {
    const page = givenPage(0, 200);
    const queued = new Set(["chunk-0-0", "chunk-0-1", "list-0-1"]);
    const outcome = decideAdvance(
      eventOf(page),
      givenRunning({ newestPage: page }),
      readings({ pages: [page], queued }),
    );
    expect(outcome.kind).toBe("ignore");
  });

  it("completes the sync at once when the mailbox is empty", () => {
    const page = givenPage(0, 0, { nextPageToken: null });
    const outcome = decideAdvance(
      eventOf(page),
      givenRunning({ newestPage: page }),
      readings({ firstPage: page }),
    );
    expect(appended(outcome)[0]?.fact).toMatchObject({
      type: "sync.completed",
      status: "completed",
      ledger: emptyLedger,
      watermark: "42",
    });
  });
});

describe("a settled chunk", () => {
  it("releases one more, so that a window of them is outstanding", () => {
    for (const count of [1, 2, 3]) {
      const event = eventOf(givenFetched(givenProgress(count)));
      const situation = givenRunning({ progress: givenProgress(count) });
      expect(chunksReleasedBy(event, situation)).toEqual([3 + count]);
    }
  });

  it("releases the same one whenever its fact is read, however far the sync has come since", () => {
    const event = eventOf(givenFetched(givenProgress(1)));
    expect(chunksReleasedBy(event, givenRunning({ progress: givenProgress(4) }))).toEqual([4]);
    expect(chunksReleasedBy(event, givenRunning({ progress: givenProgress(5) }))).toEqual([]); // it is settled
  });

  it("that was set aside moves the sync forward as one that was fetched", () => {
    const progress = givenProgress(1, givenShare(100, { stored: 0, deadLettered: 100 }));
    const { type: _, ...settled } = givenFetched(progress);
    const fact: Fact = { type: "chunk.dead_lettered", ...settled, category: "unknown", message: "" };
    const situation = givenRunning({ newestPage: firstPage, progress });
    expect(released(advance(fact, situation, [firstPage]))).toEqual([4]);
  });

  it("takes the next page's chunk out of the next page", () => {
    const progress = givenProgress(2);
    const situation = givenRunning({ newestPage: lastPage, progress });
    const outcome = advance(givenFetched(progress), situation, [lastPage]);
    expect(released(outcome)).toEqual([5]);
    expect(enqueued(outcome)[0]?.item).toMatchObject({
      messageIds: lastPage.messageIds.slice(0, 100),
      pageNumber: 1,
    });
  });

  it("has the next page listed when it makes the window reach past the listing: that chunk, and no other", () => {
    const due = [1, 2, 3, 4].map((count) => {
      const progress = givenProgress(count);
      const situation = givenRunning({ newestPage: firstPage, progress });
      return listings(advance(givenFetched(progress), situation, [firstPage]));
    });
    expect(due).toEqual([[], [1], [], []]);
  });

  it("does not move a sync that is paused; whatever resumes it plans all that is outstanding", () => {
    const progress = givenProgress(8);
    const active = givenActive("s1");
    const situation = givenRunning({ newestPage: lastPage, progress, active });
    for (const more of [
      { held: [{ syncId: "s1", since: at }] },
      { consentLost: { since: at, message: "" } },
    ]) {
      const paused = { ...situation, course: givenCourse({ active, ...more }) };
      expect(advance(givenFetched(progress), paused).kind).toBe("ignore");
    }
    expect(appended(advance(resumed(), situation))[0]?.fact.type).toBe("sync.completed");
  });
});

describe("a fact after which work is planned anew", () => {
  const course = givenCourse({ active: givenActive("s1", { run: 3 }) });
  const situation = givenRunning({
    active: givenActive("s1", { run: 3 }),
    newestPage: lastPage,
    progress: givenProgress(3),
  });
  const planning: Fact[] = [
    resumed(course),
    stalled,
    { type: "account.reconnected", resumed: ["s1"], course },
    { type: "account.restored", reason: "", restored: ["s1"], course },
  ];

  it.each(planning)("($type) puts all that is outstanding on the queue, of the run that it began", (fact) => {
    const outcome = advance(fact, situation, [lastPage, firstPage]);
    expect(released(outcome)).toEqual([3, 4, 5, 6]);
    expect(enqueued(outcome).every(({ item }) => "run" in item && item.run === 3)).toBe(true);
  });

  it("has the page listed that was to be listed", () => {
    const before = { ...situation, newestPage: firstPage };
    expect(listings(advance(resumed(course), before, [firstPage]))).toEqual([1]);
  });

  it("takes nothing of an earlier run for its own when it is read twice", () => {
    const queued = new Set(["chunk-2-3", "chunk-2-4", "chunk-3-5"]);
    const both = readings({ pages: [lastPage, firstPage], queued });
    expect(released(decideAdvance(eventOf(resumed(course)), situation, both))).toEqual([3, 4, 6]);
  });

  it("is not spared as a duplicate when it puts back what was lost, and else plans what was planned once", () => {
    const ids = (fact: Fact, id: string) =>
      enqueued(decideAdvance(eventOf(fact, id), situation, readings({ pages: [lastPage, firstPage] }))).map(
        ({ dedupeId }) => dedupeId,
      );
    expect(ids(resumed(), "e1")).toEqual(ids(resumed(), "e2"));
    expect(new Set([...ids(stalled, "e1"), ...ids(stalled, "e2"), ...ids(resumed(), "e1")]).size).toBe(12);
  });
});

describe("a sync of which everything is settled", () => {
  const progress = givenProgress(8);
  const complete = (more: Partial<SyncSituation> = {}) => {
    const situation = givenRunning({ newestPage: lastPage, progress, ...more });
    const [effect] = appended(advance(givenFetched(situation.progress), situation));
    return effect;
  };

  it("completes, with the ledger and the baseline as watermark, unless something else was decided", () => {
    expect(complete()).toMatchObject({
      eventId: "s1.ended",
      expectedSeq: 10,
      fact: {
        type: "sync.completed",
        status: "completed",
        ledger: { listed: 800, stored: 800 },
        revision: 8,
        watermark: "42",
        chunkCount: 8,
        course: { active: null, watermark: "42" },
      },
    });
  });

  it("completes as partial when dead letters are left", () => {
    const ledger = { ...progress.ledger, stored: 799, deadLettered: 1 };
    expect(complete({ progress: { ...progress, ledger } })?.fact).toMatchObject({
      type: "sync.completed",
      status: "partial",
    });
  });

  it("leaves the watermark alone when only a part of the mailbox was looked at", () => {
    for (const more of [
      { scope: { query: "from:x" } },
      { scope: { labelIds: ["INBOX"] } },
      { repairOf: "ver_1" },
    ])
      expect(complete({ active: givenActive("s1", more) })?.fact).toMatchObject({ watermark: null });
  });

  it("leaves it where it was over a copy that is there already: changes since then were not read", () => {
    const active = givenActive("s1");
    const course = givenCourse({ active, watermark: "7" });
    expect(complete({ active, course })?.fact).toMatchObject({ watermark: "7", course: { watermark: "7" } });
  });

  it("reports a remainder that nothing explains instead of completing", () => {
    const ledger = { ...progress.ledger, stored: 799 };
    expect(complete({ progress: { ...progress, ledger } })?.fact).toMatchObject({
      type: "sync.failed",
      category: "ledger_imbalance",
      course: { active: null },
    });
  });

  it("reports chunks that hold less than was listed", () => {
    const page = { ...lastPage, listedBefore: 501 };
    expect(complete({ newestPage: page })?.fact).toMatchObject({ category: "ledger_imbalance" });
  });

  it("does not complete while another is open or the listing goes on", () => {
    expect(complete({ progress: givenProgress(7) })).toBeUndefined();
    expect(complete({ newestPage: { ...lastPage, nextPageToken: "more" } })).toBeUndefined();
  });

  it("completes when the reconciler finds that it did not end", () => {
    const situation = givenRunning({ newestPage: lastPage, progress });
    expect(appended(advance(stalled, situation))[0]?.fact.type).toBe("sync.completed");
  });
});
