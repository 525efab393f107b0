import { describe, expect, it } from "vitest";
import { noProgress } from "../events/chunk-progress.ts";
import type { Fact } from "../events/facts.ts";
import { activityKey, foldEvent, type RowMaps, toMaps } from "./project-batch.ts";
import { completed, course, fetchedChunk, pageOf, requestOf, started } from "./testing/given.ts";
import { noRows } from "./views.ts";

/** 2026-01-01T00:00Z. */
const minute = 29_453_760;

/** Tells facts, each with its time on the first of January 2026. */
function tell(rows: RowMaps, told: readonly (readonly [clock: string, fact: Fact])[], firstSeq = 1): RowMaps {
  for (const [i, [clock, fact]] of told.entries()) {
    const time = clock.includes("-") ? clock : `2026-01-01T${clock}Z`;
    const event = { id: `e${i}`, tenantId: "acme", accountId: "acc_1", time, source: "test", fact };
    foldEvent(rows, { position: { epoch: 1, seq: firstSeq + i }, event });
  }
  return rows;
}

const at = (rows: RowMaps, minutes = 0) => rows.activity_minutes.get(activityKey("acme", minute + minutes));

const first = fetchedChunk(noProgress, 0);
const second = fetchedChunk(first.progress, 1, 3);

describe("a tenant's minute", () => {
  it("has the messages that were settled in each ten seconds, what began, what ended and what was set aside", () => {
    const rows = tell(toMaps(noRows), [
      ["00:00:00.000", started],
      ["00:00:01.000", pageOf(0, { nextPageToken: null, since: null })],
      ["00:00:09.999", first],
      ["00:00:50.000", second],
      ["00:01:00.000", completed(second.progress)],
    ]);
    expect(at(rows)).toMatchObject({
      slices: [100, 0, 0, 0, 0, 100],
      syncs_started: 1,
      syncs_partial: 0,
      dead_lettered: 3,
      failures: { bad_item: 3 },
      epoch: 1,
      seq: 4,
    });
    expect(at(rows, 1)).toMatchObject({ slices: [0, 0, 0, 0, 0, 0], syncs_partial: 1, syncs_started: 0 });
    expect(rows.activity_minutes.size).toBe(2);
  });

  it("counts failed attempts by category, and what was set aside as a whole once", () => {
    const failed = {
      type: "chunk.attempt_failed",
      syncId: "s1",
      message: "503",
      attempt: 1,
      next: "retry",
      nextAt: null,
      chunkIndex: 0,
      settled: 0,
      open: 100,
      isRedrive: false,
    } as const;
    const setAside: Fact = {
      ...fetchedChunk(noProgress, 0, 100),
      type: "chunk.dead_lettered",
      category: "crash_loop",
      message: "killed",
    };
    const rows = tell(toMaps(noRows), [
      ["00:00:00", started],
      ["00:00:01", { ...failed, category: "transient" }],
      ["00:00:02", { ...failed, category: "rate_limited" }],
      ["00:00:03", { ...failed, category: "transient" }],
      ["00:00:04", setAside],
    ]);
    expect(at(rows)).toMatchObject({
      failures: { transient: 2, rate_limited: 1, crash_loop: 1 },
      dead_lettered: 100,
    });
  });

  it("counts each end as what it is", () => {
    const asked = { course, request: null } as const;
    const rows = tell(toMaps(noRows), [
      ["00:00:00", started],
      ["00:00:01", { type: "sync.coalesced", syncId: "s2", into: "s1", ...asked, request: requestOf("s2") }],
      ["00:00:02", { type: "sync.cancelled", syncId: "s3", ...asked }],
      ["00:00:03", { type: "sync.failed", syncId: "s4", category: "x", message: "no", ...asked }],
      ["00:00:04", completed(first.progress)],
    ]);
    expect(at(rows)).toMatchObject({
      syncs_coalesced: 1,
      syncs_cancelled: 1,
      syncs_failed: 1,
      syncs_completed: 1,
    });
  });

  it("is not made by facts that nothing of counts, and not changed by what is told twice (I4)", () => {
    const rows = tell(toMaps(noRows), [
      ["00:00:00", started],
      ["00:00:10", first],
    ]);
    const before = structuredClone(rows.activity_minutes);
    const stalled: Fact = {
      type: "sync.stalled",
      syncId: "s1",
      chunkIndexes: [0],
      pageNumber: null,
      reason: "x",
    };
    tell(rows, [["00:05:00", stalled]], 3);
    // The same events again, and the same chunk settled by another event: the log of another epoch may tell it so.
    tell(rows, [
      ["00:00:00", started],
      ["00:00:10", first],
    ]);
    tell(rows, [["00:00:20", first]], 4);
    expect(rows.activity_minutes).toEqual(before);
  });

  it("is that of the fact's own time, and none for a time that is none", () => {
    const rows = tell(toMaps(noRows), [
      ["0001-01-01T00:00:00Z", started],
      ["not-a-time", first],
      ["+270000-01-01T00:00:00Z", second],
    ]);
    expect(rows.activity_minutes.size).toBe(0);
    expect(rows.syncs.get("s1")?.settled).toBe(200);
  });
});
