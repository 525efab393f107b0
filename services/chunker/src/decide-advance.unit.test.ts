import { type ChunkProgress, noProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import type { FactOf } from "@millrace/shared/events/facts";
import { emptyLedger, type Ledger } from "@millrace/shared/events/ledger";
import type { Effect, Outcome } from "@millrace/shared/runtime/outcome";
import { describe, expect, it } from "vitest";
import {
  chunksReleasedBy,
  decideAdvance,
  needsListing,
  type Readings,
  type SyncSituation,
} from "./decide-advance.ts";
import { eventOf, givenActive, givenPage, givenRunning, givenStarted, moment } from "./testing/given.ts";

const nothingRead: Readings = { releasePage: null, listed: null, attempt: 1, queued: new Set() };
const share = (listed: number, more: Partial<Ledger> = {}): Ledger => ({
  ...emptyLedger,
  listed,
  stored: listed,
  ...more,
});

const settled = (count: number, listedPerChunk = 100): ChunkProgress =>
  Array.from({ length: count }, (_, i) => i).reduce(
    (progress, index) => settleChunk(progress, index, share(listedPerChunk)) ?? progress,
    noProgress,
  );

const fetched = (progress: ChunkProgress): FactOf<"chunk.fetched"> => ({
  type: "chunk.fetched",
  syncId: "s1",
  chunkIndex: progress.settledCount - 1,
  pageNumber: 0,
  lane: "bulk",
  ledger: share(100),
  attempt: 1,
  progress,
});

function effectsOf(outcome: Outcome): readonly Effect[] {
  return "effects" in outcome ? outcome.effects : [];
}
const released = (outcome: Outcome): number[] =>
  effectsOf(outcome).flatMap((effect) => (effect.kind === "enqueue" ? [effect.item.chunkIndex] : []));
const appended = (outcome: Outcome) =>
  effectsOf(outcome).flatMap((effect) => (effect.kind === "append" ? [effect] : []));

describe("a started sync", () => {
  it("is listed, first writer wins", () => {
    const situation = givenRunning();
    expect(needsListing(situation)).toBe(true);
    const listed = { ok: true as const, value: { ids: ["a", "b"], nextPageToken: null, estimatedTotal: 2 } };
    const event = eventOf(givenStarted("s1"));
    const [page] = appended(decideAdvance(event, situation, { ...nothingRead, listed }, moment));
    expect(page).toMatchObject({
      eventId: "s1.page.0",
      expectedSeq: 0,
      fact: { chunkCount: 1, firstChunk: 0 },
    });
  });
});

describe("a listed page", () => {
  it("releases its chunks up to the window, the first one in the live lane", () => {
    const page = givenPage(0, 500);
    const situation = givenRunning({ newestPage: page });
    const outcome = decideAdvance(eventOf(page), situation, { ...nothingRead, releasePage: page }, moment);
    expect(released(outcome)).toEqual([0, 1, 2, 3]);
    const lanes = effectsOf(outcome).map((effect) => effect.kind === "enqueue" && effect.lane);
    expect(lanes).toEqual(["live", "bulk", "bulk", "bulk"]);
    expect(needsListing(situation)).toBe(false);
  });

  it("is cut into chunks that hold each id once, the last one shorter", () => {
    const page = givenPage(0, 250);
    const outcome = decideAdvance(
      eventOf(page),
      givenRunning({ newestPage: page }),
      { ...nothingRead, releasePage: page },
      moment,
    );
    const ids = effectsOf(outcome).flatMap((effect) =>
      effect.kind === "enqueue" ? [effect.item.messageIds] : [],
    );
    expect(ids.map((list) => list.length)).toEqual([100, 100, 50]);
    expect(ids.flat()).toEqual(page.messageIds);
  });

  it("asks for the next page when the window reaches past it, and still releases its own when that fails", () => {
    const page = givenPage(0, 200);
    const situation = givenRunning({ newestPage: page });
    expect(needsListing(situation)).toBe(true);
    const listed = { ok: false as const, fault: { category: "transient" as const, message: "503" } };
    const outcome = decideAdvance(
      eventOf(page),
      situation,
      { ...nothingRead, releasePage: page, listed },
      moment,
    );
    expect(outcome.kind).toBe("retry");
    expect(released(outcome)).toEqual([0, 1]);
  });

  it("that comes again releases only what is neither settled nor queued", () => {
    const page = givenPage(0, 500);
    const situation = givenRunning({ newestPage: page, progress: settled(1) });
    const readings = { ...nothingRead, releasePage: page, attempt: 2, queued: new Set([1, 3]) };
    expect(released(decideAdvance(eventOf(page), situation, readings, moment))).toEqual([2, 4]);
  });

  it("ends the sync with the provider's words when its next page is refused for good", () => {
    const page = givenPage(0, 200);
    const situation = givenRunning({ newestPage: page });
    const listed = {
      ok: false as const,
      fault: { category: "unknown" as const, message: "Invalid label: NOPE" },
    };
    const at = (attempt: number) =>
      decideAdvance(eventOf(page), situation, { ...nothingRead, releasePage: page, listed, attempt }, moment);
    expect(at(9).kind).toBe("retry");
    expect(appended(at(10))[0]?.fact).toMatchObject({ type: "sync.failed", category: "unknown" });
  });

  it("completes the sync at once when the mailbox is empty", () => {
    const page = givenPage(0, 0, { nextPageToken: null });
    const outcome = decideAdvance(
      eventOf(page),
      givenRunning({ newestPage: page }),
      { ...nothingRead, releasePage: page },
      moment,
    );
    expect(appended(outcome)[0]?.fact).toMatchObject({
      type: "sync.completed",
      status: "completed",
      ledger: emptyLedger,
    });
  });
});

describe("a settled chunk", () => {
  const lastPage = givenPage(1, 300, { nextPageToken: null, firstChunk: 5, listedBefore: 500 });

  it("releases one more, so that a window of them is outstanding", () => {
    for (const count of [1, 2, 3]) {
      const event = eventOf(fetched(settled(count)));
      expect(chunksReleasedBy(event, givenRunning({ progress: settled(count) }))).toEqual([3 + count]);
    }
  });

  it("takes the next page's chunk out of the next page", () => {
    const progress = settled(2);
    const situation = givenRunning({ newestPage: lastPage, progress });
    const outcome = decideAdvance(
      eventOf(fetched(progress)),
      situation,
      { ...nothingRead, releasePage: lastPage },
      moment,
    );
    expect(released(outcome)).toEqual([5]);
    expect(effectsOf(outcome)[0]).toMatchObject({
      item: { messageIds: lastPage.messageIds.slice(0, 100), pageNumber: 1 },
    });
  });

  it("completes the sync when it was the last, with the ledger and the baseline as watermark", () => {
    const progress = settled(8);
    const outcome = complete(givenRunning({ newestPage: lastPage, progress }));
    expect(outcome).toMatchObject({
      eventId: "s1.ended",
      expectedSeq: 10,
      fact: { type: "sync.completed", status: "completed", watermark: "42", chunkCount: 8 },
    });
  });

  it("completes as partial when dead letters are left", () => {
    const progress = settled(8);
    const ledger = { ...progress.ledger, stored: 799, deadLettered: 1 };
    const outcome = complete(givenRunning({ newestPage: lastPage, progress: { ...progress, ledger } }));
    expect(outcome?.fact).toMatchObject({ type: "sync.completed", status: "partial" });
  });

  it("leaves the watermark alone when only a part of the mailbox was looked at", () => {
    const active = givenActive("s1", { scope: { query: "from:x" } });
    const outcome = complete(givenRunning({ active, newestPage: lastPage, progress: settled(8) }));
    expect(outcome?.fact).toMatchObject({ watermark: null });
  });

  it("leaves it where it was over a copy that is there already: changes since then were not read", () => {
    const active = givenActive("s1");
    const situation = givenRunning({ active, newestPage: lastPage, progress: settled(8) });
    const course = { ...situation.course, watermark: "7" };
    expect(complete({ ...situation, course })?.fact).toMatchObject({
      watermark: "7",
      course: { watermark: "7" },
    });
  });

  it("reports a remainder that nothing explains instead of completing", () => {
    const progress = settled(8);
    const ledger = { ...progress.ledger, stored: 799 };
    const outcome = complete(givenRunning({ newestPage: lastPage, progress: { ...progress, ledger } }));
    expect(outcome?.fact).toMatchObject({ type: "sync.failed", category: "ledger_imbalance" });
  });

  it("does not complete while another is open or the listing goes on", () => {
    expect(complete(givenRunning({ newestPage: lastPage, progress: settled(7) }))).toBeUndefined();
    expect(
      complete(givenRunning({ newestPage: { ...lastPage, nextPageToken: "more" }, progress: settled(8) })),
    ).toBeUndefined();
  });

  function complete(situation: SyncSituation) {
    return appended(decideAdvance(eventOf(fetched(situation.progress)), situation, nothingRead, moment))[0];
  }
});
