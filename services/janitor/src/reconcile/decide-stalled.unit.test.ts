import { noProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import { factSchema } from "@millrace/shared/events/facts";
import type { SyncSituation } from "@millrace/shared/steps/sync-situation";
import {
  at,
  givenActive,
  givenCourse,
  givenPage,
  givenProgress,
  givenRequest,
  givenShare,
  ref,
} from "@millrace/shared/testing/given";
import { describe, expect, it } from "vitest";
import {
  isMissingAny,
  isNotStarting,
  missingTwice,
  missingWork,
  nothingMissing,
  stalledFact,
} from "./decide-stalled.ts";

const active = givenActive("s1", { run: 2 });
const situation = (more: Partial<SyncSituation> = {}): SyncSituation => ({
  ref,
  course: givenCourse({ active }),
  courseSeq: 1,
  active,
  newestPage: givenPage(0, 500),
  progress: noProgress,
  ...more,
});
const missing = (queued: readonly string[], more: Partial<SyncSituation> = {}) =>
  missingWork(situation(more), new Set(queued));

describe("the work that is missing", () => {
  it("is what must be queued or claimed, and is neither", () => {
    expect(missing([])).toEqual({ chunkIndexes: [0, 1, 2, 3], pageNumber: null, isUnended: false });
    expect(missing(["chunk-2-0", "chunk-2-1", "chunk-2-3"]).chunkIndexes).toEqual([2]);
    expect(missing(["chunk-2-0", "chunk-2-1", "chunk-2-2", "chunk-2-3"])).toEqual(nothingMissing);
  });

  it("is not what the queue still has of an earlier run: that is void", () => {
    expect(missing(["chunk-1-0", "chunk-0-1", "chunk-2-2", "chunk-2-3"]).chunkIndexes).toEqual([0, 1]);
    expect(missing(["list-1-0"], { newestPage: null }).pageNumber).toBe(0);
  });

  it("leaves out what is settled", () => {
    const progress = settleChunk(noProgress, 1, givenShare(100)) ?? noProgress;
    expect(missing([], { progress }).chunkIndexes).toEqual([0, 2, 3, 4]);
  });

  it("is the next page, when it has to be listed and nobody is about to", () => {
    expect(missing([], { newestPage: null }).pageNumber).toBe(0);
    expect(missing(["list-2-0"], { newestPage: null })).toEqual(nothingMissing);
    const progress = givenProgress(3);
    expect(missing(["chunk-2-3", "chunk-2-4"], { progress })).toEqual({ ...nothingMissing, pageNumber: 1 });
  });

  it("is the end, when everything is settled", () => {
    const newestPage = givenPage(0, 500, { nextPageToken: null, stage: "changes" });
    const finished = missing([], { newestPage, progress: givenProgress(5) });
    expect(finished).toEqual({ ...nothingMissing, isUnended: true });
  });

  it("is the first page of the next stage, when everything of the one before is settled", () => {
    const newestPage = givenPage(0, 500, { nextPageToken: null });
    const between = missing([], { newestPage, progress: givenProgress(5) });
    expect(between).toEqual({ ...nothingMissing, pageNumber: 1 });
  });

  it("is none of a paused sync: whatever resumes it plans all of it", () => {
    for (const more of [{ held: [{ syncId: "s1", since: at }] }, { consentLost: { since: at, message: "" } }])
      expect(missing([], { course: givenCourse({ active, ...more }) })).toEqual(nothingMissing);
  });
});

describe("work is missed", () => {
  it("when it is missing both times: what was just released or just settled looks so for a moment", () => {
    const first = { chunkIndexes: [1, 2, 3], pageNumber: 4, isUnended: true };
    expect(missingTwice(first, { chunkIndexes: [2, 3, 5], pageNumber: 4, isUnended: true })).toEqual({
      chunkIndexes: [2, 3],
      pageNumber: 4,
      isUnended: true,
    });
    const other = missingTwice(first, { chunkIndexes: [5], pageNumber: 5, isUnended: false });
    expect([other, isMissingAny(other)]).toEqual([nothingMissing, false]);
  });

  it("when any of it is", () => {
    for (const one of [{ chunkIndexes: [0] }, { pageNumber: 0 }, { isUnended: true }])
      expect(isMissingAny({ ...nothingMissing, ...one })).toBe(true);
  });

  it("and said in a fact, whatever it is", () => {
    const fact = stalledFact("s1", { chunkIndexes: [2, 3], pageNumber: 4, isUnended: false });
    expect(factSchema.parse(fact)).toMatchObject({
      type: "sync.stalled",
      chunkIndexes: [2, 3],
      pageNumber: 4,
    });
    expect(stalledFact("s1", { ...nothingMissing, isUnended: true }).reason).toMatch(/did not end/);
    const wide = givenActive("s1", { windowChunks: 1_000, chunkSize: 1 });
    const newestPage = givenPage(0, 3_000, { chunkSize: 1, chunkCount: 3_000 });
    const all = missingWork(situation({ active: wide, newestPage }), new Set());
    expect(factSchema.safeParse(stalledFact("s1", all)).success).toBe(true);
  });
});

describe("a sync that waits", () => {
  it("is missed when nothing stands in its way, and it alone", () => {
    const waiting = [givenRequest("s2"), givenRequest("s3")];
    const starts = (more: Parameters<typeof givenCourse>[0]) =>
      ["s2", "s3"].filter((syncId) => isNotStarting({ course: givenCourse({ waiting, ...more }) }, syncId));
    expect(starts({})).toEqual(["s2"]);
    expect(starts({ held: [{ syncId: "s2", since: at }] })).toEqual(["s3"]);
    expect(starts({ active })).toEqual([]);
    expect(starts({ consentLost: { since: at, message: "" } })).toEqual([]);
  });
});
