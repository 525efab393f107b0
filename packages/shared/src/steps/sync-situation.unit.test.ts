import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ActiveSync, Stage } from "../events/account-course.ts";
import { noProgress, settleChunk } from "../events/chunk-progress.ts";
import {
  givenActive,
  givenCourse,
  givenFetched,
  givenPage,
  givenProgress,
  givenShare,
  givenStarted,
  ref,
} from "../testing/given.ts";
import { memoryLog } from "../testing/memory-log.ts";
import type { Page } from "./cut-chunks.ts";
import { chunksDue, isFinished, pageDue, readSituation, type SyncSituation } from "./sync-situation.ts";

const given = (more: Partial<SyncSituation> = {}): SyncSituation => ({
  ref,
  course: givenCourse({ active: givenActive("s1") }),
  courseSeq: 1,
  active: givenActive("s1"), // a window of 4 chunks
  newestPage: null,
  progress: noProgress,
  ...more,
});
/** The last page of the stage that ends a sync. */
const lastPage = givenPage(0, 700, { nextPageToken: null, stage: "changes" });

describe("a sync's situation", () => {
  it("is read from the newest fact of each of its subjects", async () => {
    const progress = givenProgress(2);
    const log = memoryLog(givenStarted(), givenPage(0, 500), givenPage(1, 500), givenFetched(progress));
    expect(await readSituation(log.state, { ...ref }, "s1")).toEqual({
      ...given({ newestPage: givenPage(1, 500), progress }),
      courseSeq: 1,
    });
  });

  it("is that of the active sync only", async () => {
    const log = memoryLog(givenStarted());
    expect(await readSituation(log.state, ref, "s2")).toBeNull();
    expect(await readSituation(memoryLog().state, ref, "s1")).toBeNull();
  });
});

describe("the page that is due", () => {
  it("is the first one before anything is listed", () => {
    expect(pageDue(given())).toEqual({ pageNumber: 0, stage: "listing", isNext: false });
  });

  it("is the next one as soon as the window reaches past what is listed, and not before", () => {
    const newestPage = givenPage(0, 500);
    const due = [0, 1, 2, 3].map((settled) =>
      pageDue(given({ newestPage, progress: givenProgress(settled) })),
    );
    const next = { pageNumber: 1, stage: "listing", isNext: true };
    expect(due).toEqual([null, null, next, next]);
  });

  it("comes at once after a page without messages", () => {
    expect(pageDue(given({ newestPage: givenPage(0, 0) }))?.pageNumber).toBe(1);
  });

  it("is none after the last", () => {
    expect(pageDue(given({ newestPage: lastPage, progress: givenProgress(7) }))).toBeNull();
  });
});

describe("the chunks that are due", () => {
  it("are none before anything is listed", () => {
    expect(chunksDue(given())).toEqual([]);
  });

  it("are a window of them, less what is settled out of order, and never more than is listed", () => {
    expect(chunksDue(given({ newestPage: lastPage }))).toEqual([0, 1, 2, 3]);
    const progress = settleChunk(noProgress, 2, givenShare(100)) ?? noProgress;
    expect(chunksDue(given({ newestPage: lastPage, progress }))).toEqual([0, 1, 3, 4]);
    expect(chunksDue(given({ newestPage: lastPage, progress: givenProgress(5) }))).toEqual([5, 6]);
  });

  it("are as many as the window, whichever of them were settled, until the listing ends", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 20 }), (picks) => {
        let situation = given({ newestPage: givenPage(0, 2_000, { nextPageToken: null }) });
        for (const [done, pick] of picks.entries()) {
          const due = chunksDue(situation);
          expect(due).toHaveLength(Math.min(4, 20 - done));
          const next = due[pick % due.length];
          if (next === undefined) break;
          const progress = settleChunk(situation.progress, next, givenShare(100));
          situation = { ...situation, progress: progress ?? situation.progress };
        }
      }),
    );
  });
});

describe("a sync is finished", () => {
  it("when the last page is listed and every chunk is settled, and not before", () => {
    expect(isFinished(given({ newestPage: lastPage, progress: givenProgress(7) }))).toBe(true);
    expect(isFinished(given({ newestPage: lastPage, progress: givenProgress(6) }))).toBe(false);
    expect(
      isFinished(given({ newestPage: { ...lastPage, nextPageToken: "more" }, progress: givenProgress(7) })),
    ).toBe(false);
    expect(isFinished(given())).toBe(false);
  });

  it("at once when its last page has nothing to do", () => {
    const newestPage = givenPage(0, 0, { nextPageToken: null, stage: "changes" });
    expect(isFinished(given({ newestPage }))).toBe(true);
  });

  it("with nothing due", () => {
    const situation = given({ newestPage: lastPage, progress: givenProgress(7) });
    expect([pageDue(situation), chunksDue(situation)]).toEqual([null, []]);
  });
});

describe("the stages of a sync", () => {
  const endOf = (stage: Stage, more: Partial<Page> = {}) =>
    givenPage(0, 500, { nextPageToken: null, stage, ...more });
  /** What is due, and whether all is done, when so many of the five listed chunks are settled. */
  const after = (newestPage: Page, more: Partial<ActiveSync> = {}, settled = 5) => {
    const situation = given({
      newestPage,
      active: givenActive("s1", more),
      progress: givenProgress(settled),
    });
    return { due: pageDue(situation)?.stage ?? null, isFinished: isFinished(situation) };
  };

  it("begin with the first of the plan", () => {
    for (const stage of ["listing", "findings", "changes"] as const)
      expect(pageDue(given({ active: givenActive("s1", { plan: [stage] }) }))).toEqual({
        pageNumber: 0,
        stage,
        isNext: false,
      });
  });

  it("follow each other; over a copy that was there, the two are compared in between", () => {
    expect(after(endOf("listing"))).toEqual({ due: "changes", isFinished: false });
    expect(after(endOf("listing", { hadCopy: true }))).toEqual({ due: "reconcile", isFinished: false });
    expect(after(endOf("reconcile", { hadCopy: true }))).toEqual({ due: "changes", isFinished: false });
    expect(after(endOf("changes", { hadCopy: true }))).toEqual({ due: null, isFinished: true });
  });

  it("that are narrow end with their only stage", () => {
    expect(after(endOf("listing", { hadCopy: true }), { plan: ["listing"] })).toEqual({
      due: null,
      isFinished: true,
    });
    expect(after(endOf("findings"), { plan: ["findings"] })).toEqual({ due: null, isFinished: true });
    expect(after(endOf("changes"), { plan: ["changes"] })).toEqual({ due: null, isFinished: true });
  });

  it("begin when everything before is settled, and not before: that is a barrier", () => {
    for (const page of [endOf("listing"), endOf("listing", { hadCopy: true }), endOf("reconcile")])
      for (const settled of [0, 3, 4])
        expect(after(page, {}, settled)).toEqual({ due: null, isFinished: false });
    expect(after(endOf("changes", { joined: 0 }), { joined: 1 }, 4)).toEqual({
      due: null,
      isFinished: false,
    });
  });

  it("name the first page of a stage as one that goes on from none", () => {
    expect(pageDue(given({ newestPage: endOf("listing"), progress: givenProgress(5) }))).toEqual({
      pageNumber: 1,
      stage: "changes",
      isNext: false,
    });
  });

  it("page their changes one at a time, because those of a message are applied in order", () => {
    const page = endOf("changes", { nextPageToken: "more" });
    for (const settled of [0, 2, 4])
      expect(after(page, {}, settled)).toEqual({ due: null, isFinished: false });
    expect(pageDue(given({ newestPage: page, progress: givenProgress(5) }))).toEqual({
      pageNumber: 1,
      stage: "changes",
      isNext: true,
    });
    // The others page ahead of the window.
    expect(after(endOf("reconcile", { nextPageToken: "more" }), {}, 2).due).toBe("reconcile");
  });

  it("end with changes that were read after the last request had joined", () => {
    const joined = 2;
    expect(after(endOf("changes", { joined: 1 }), { joined })).toEqual({ due: "changes", isFinished: false });
    expect(after(endOf("changes", { joined: 2 }), { joined })).toEqual({ due: null, isFinished: true });
    // Elsewhere nothing was read that could be too old.
    expect(after(endOf("listing", { joined: 0 }), { joined, plan: ["listing"] }).isFinished).toBe(true);
    // A page in the middle goes on first.
    expect(after(endOf("changes", { joined: 1, nextPageToken: "more" }), { joined }).due).toBe("changes");
  });

  it("begin with the first again when the sync began anew, once what was listed before is settled", () => {
    for (const page of [endOf("changes"), endOf("changes", { nextPageToken: "x" }), endOf("listing")]) {
      expect(after(page, { round: 1 }, 4)).toEqual({ due: null, isFinished: false });
      expect(after(page, { round: 1 })).toEqual({ due: "listing", isFinished: false });
    }
    const later = endOf("changes", { round: 1 });
    expect(after(later, { round: 1 })).toEqual({ due: null, isFinished: true });
  });

  it("never have a page due and an end at once, and always one of the two, a chunk that is due, or a chunk open", () => {
    const stage = fc.constantFrom<Stage>("listing", "reconcile", "changes");
    const shape = fc.record({
      stage,
      nextPageToken: fc.constantFrom(null, "more"),
      round: fc.nat(1),
      joined: fc.nat(2),
      hadCopy: fc.boolean(),
    });
    const sync = fc.record({ round: fc.constantFrom(1, 2), joined: fc.constantFrom(2, 3) });
    fc.assert(
      fc.property(shape, sync, fc.nat(5), (page, active, settled) => {
        const newestPage = givenPage(0, 500, page);
        const situation = given({
          newestPage,
          active: givenActive("s1", active),
          progress: givenProgress(settled),
        });
        const [isDue, isOver] = [pageDue(situation) !== null, isFinished(situation)];
        expect(isDue && isOver).toBe(false);
        expect(isDue || isOver || chunksDue(situation).length > 0).toBe(true);
        if (isOver) expect([settled, page.stage, page.nextPageToken]).toEqual([5, "changes", null]);
      }),
    );
  });
});
