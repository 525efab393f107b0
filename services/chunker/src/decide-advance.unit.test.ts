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
/** The last page of the stage that ends a sync. */
const lastChanges = givenPage(1, 300, { nextPageToken: null, stage: "changes", watermark: "60" });
const readings = (more: Partial<Readings> = {}): Readings => ({
  pages: [],
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

  it("of changes completes the sync at once when nothing has happened", () => {
    const page = givenPage(0, 0, { nextPageToken: null, stage: "changes", watermark: "42" });
    const outcome = advance(page, givenRunning({ newestPage: page }));
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
    const situation = givenRunning({ newestPage: lastChanges, progress, active });
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

describe("a stage", () => {
  const endOf = (stage: Page["stage"], more: Partial<Page> = {}) =>
    givenPage(1, 300, { nextPageToken: null, stage, ...more });
  const dueBy = (fact: Fact, newestPage: Page, settled: number, active = givenActive("s1")) =>
    listingDueBy(eventOf(fact), givenRunning({ newestPage, progress: givenProgress(settled), active }));
  /** Which of the settled chunks has the next page listed, while the sync has come so far. */
  const duesBy = (newestPage: Page, settled: number, active = givenActive("s1")) =>
    [5, 6, 7, 8].filter(
      (count) => dueBy(givenFetched(givenProgress(count)), newestPage, settled, active) !== null,
    );

  it("is begun by the settled chunk that ends the one before, and by no other", () => {
    for (const page of [endOf("listing"), endOf("listing", { hadCopy: true }), endOf("reconcile")]) {
      expect([5, 6, 7].map((settled) => duesBy(page, settled))).toEqual([[], [], []]);
      expect(duesBy(page, 8)).toEqual([8]);
      expect(dueBy(page, page, 7)).toBeNull();
    }
  });

  it("is begun by the last page of the one before, when that has nothing to fetch", () => {
    const page = givenPage(1, 0, { nextPageToken: null });
    expect(dueBy(page, page, 5)).toBe(2);
    expect(dueBy(page, page, 4)).toBeNull();
  });

  it("of changes goes on when its page is settled as a whole, whatever the window", () => {
    const page = endOf("changes", { nextPageToken: "more" });
    expect(duesBy(page, 8)).toEqual([8]);
    expect(duesBy(page, 7)).toEqual([]);
  });

  it("that belongs to an earlier beginning of the sync is followed by the first one, once it is settled", () => {
    const active = givenActive("s1", { round: 1, run: 1 });
    const page = givenPage(1, 300);
    expect(duesBy(page, 7, active)).toEqual([]);
    expect(duesBy(page, 8, active)).toEqual([8]);
  });

  it("is asked for as work of the run", () => {
    const page = endOf("listing");
    const situation = givenRunning({ newestPage: page, progress: givenProgress(8) });
    const outcome = advance(givenFetched(givenProgress(8)), situation);
    expect([listings(outcome), appended(outcome)]).toEqual([[2], []]);
    expect(enqueued(outcome)[0]).toMatchObject({ lane: "list", item: { run: 0 } });
  });

  it("of changes is read once more when a request has joined since", () => {
    const active = givenActive("s1", { joined: 2 });
    const page = endOf("changes", { joined: 1 });
    const situation = givenRunning({ newestPage: page, progress: givenProgress(8), active });
    const outcome = advance(givenFetched(givenProgress(8)), situation);
    expect([listings(outcome), appended(outcome)]).toEqual([[2], []]);
    const current = { ...situation, newestPage: { ...page, joined: 2 } };
    expect(appended(advance(givenFetched(givenProgress(8)), current))[0]?.fact.type).toBe("sync.completed");
  });
});

describe("a sync of which everything is settled", () => {
  const progress = givenProgress(8);
  const complete = (more: Partial<SyncSituation> = {}) => {
    const situation = givenRunning({ newestPage: lastChanges, progress, ...more });
    const [effect] = appended(advance(givenFetched(situation.progress), situation));
    return effect;
  };

  it("completes, with the ledger and the watermark of its last changes, unless something else was decided", () => {
    expect(complete()).toMatchObject({
      eventId: "s1.ended",
      expectedSeq: 10,
      fact: {
        type: "sync.completed",
        status: "completed",
        ledger: { listed: 800, stored: 800 },
        revision: 8,
        watermark: "60",
        chunkCount: 8,
        course: { active: null, watermark: "60" },
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
    const active = givenActive("s1");
    const course = givenCourse({ active, watermark: "7" });
    for (const stage of ["listing", "findings"] as const) {
      const plan = { ...active, plan: [stage] };
      const newestPage = { ...lastPage, stage };
      expect(complete({ active: plan, course, newestPage })?.fact).toMatchObject({
        type: "sync.completed",
        watermark: null,
        course: { watermark: "7" },
      });
    }
  });

  it("leaves it where it was when the provider has forgotten its watermarks again and again", () => {
    const active = givenActive("s1");
    const course = givenCourse({ active, watermark: "7" });
    const newestPage = { ...lastChanges, watermark: null };
    expect(complete({ active, course, newestPage })?.fact).toMatchObject({
      type: "sync.completed",
      watermark: null,
      course: { watermark: "7" },
    });
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
    const page = { ...lastChanges, listedBefore: 501 };
    expect(complete({ newestPage: page })?.fact).toMatchObject({ category: "ledger_imbalance" });
  });

  it("does not complete while another is open or the listing goes on", () => {
    expect(complete({ progress: givenProgress(7) })).toBeUndefined();
    expect(complete({ newestPage: { ...lastChanges, nextPageToken: "more" } })).toBeUndefined();
  });

  it("completes when the reconciler finds that it did not end", () => {
    const situation = givenRunning({ newestPage: lastChanges, progress });
    expect(appended(advance(stalled, situation))[0]?.fact.type).toBe("sync.completed");
  });
});
