import fc from "fast-check";
import { describe, expect, it } from "vitest";
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
const lastPage = givenPage(0, 700, { nextPageToken: null });

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
    expect(pageDue(given())).toBe(0);
  });

  it("is the next one as soon as the window reaches past what is listed, and not before", () => {
    const newestPage = givenPage(0, 500);
    const due = [0, 1, 2, 3].map((settled) =>
      pageDue(given({ newestPage, progress: givenProgress(settled) })),
    );
    expect(due).toEqual([null, null, 1, 1]);
  });

  it("comes at once after a page without messages", () => {
    expect(pageDue(given({ newestPage: givenPage(0, 0) }))).toBe(1);
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
    expect(isFinished(given({ newestPage: givenPage(0, 700), progress: givenProgress(7) }))).toBe(false);
    expect(isFinished(given())).toBe(false);
  });

  it("at once when its mailbox is empty", () => {
    expect(isFinished(given({ newestPage: givenPage(0, 0, { nextPageToken: null }) }))).toBe(true);
  });

  it("with nothing due", () => {
    const situation = given({ newestPage: lastPage, progress: givenProgress(7) });
    expect([pageDue(situation), chunksDue(situation)]).toEqual([null, []]);
  });
});
