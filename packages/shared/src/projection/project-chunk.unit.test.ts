import { describe, expect, it } from "vitest";
import { noProgress } from "../events/chunk-progress.ts";
import type { Fact, FactOf } from "../events/facts.ts";
import { at, completed, fetchedChunk, pageOf, projectFacts, started } from "./testing/given.ts";
import { shownHandled } from "./testing/shown-handled.ts";

const page = pageOf(0, { nextPageToken: null });
const first = fetchedChunk(noProgress, 0);
const second = fetchedChunk(first.progress, 1, 2);

/** An attempt at the second chunk of two, of 100 messages each. */
function failed(settled: number, more: Partial<FactOf<"chunk.attempt_failed">> = {}): Fact {
  return {
    type: "chunk.attempt_failed",
    syncId: "s1",
    chunkIndex: 1,
    category: "transient",
    message: "503",
    attempt: 1,
    next: "retry",
    nextAt: at,
    settled,
    open: 100 - settled,
    isRedrive: false,
    ...more,
  };
}

const chunkAfter = (...facts: Fact[]) => projectFacts([started, page, ...facts]).chunks.get("s1/1");

function shownAfter(...facts: Fact[]): number {
  const { syncs, chunks } = projectFacts([started, page, ...facts]);
  const sync = syncs.get("s1");
  if (sync === undefined) throw new Error("it has started");
  return shownHandled(sync, chunks.values());
}

describe("what is dealt with of a chunk that is open", () => {
  it("is nothing until an attempt tells, and grows with what they tell", () => {
    expect(chunkAfter()).toMatchObject({ handled: 0, size: 100 });
    expect(chunkAfter(failed(40))).toMatchObject({ handled: 40, settled_at: null });
    expect(chunkAfter(failed(40), failed(98, { attempt: 2 }))).toMatchObject({ handled: 98, attempts: 2 });
  });

  it("never falls, also when a later attempt finds less", () => {
    expect(chunkAfter(failed(98), failed(0, { attempt: 2 }))).toMatchObject({ handled: 98, attempts: 2 });
  });

  it("is never more than the chunk has, whatever it had in a log that was lost", () => {
    expect(chunkAfter(failed(400))).toMatchObject({ handled: 100 });
  });

  it("is not touched by redrives", () => {
    expect(chunkAfter(failed(40), failed(2, { isRedrive: true }))?.handled).toBe(40);
    expect(chunkAfter(failed(40), failed(60, { isRedrive: true }))?.handled).toBe(40);
    expect(chunkAfter(failed(98), first, second, failed(1, { isRedrive: true, open: 1 }))?.handled).toBe(0);
  });

  it("passes to the ledger when it settles, and an attempt that ends after that changes nothing", () => {
    const settled = chunkAfter(failed(98), first, second);
    expect(settled).toMatchObject({ handled: 0, stored: 98, dead_lettered: 2, state: "settled" });
    expect(chunkAfter(failed(98), first, second, failed(99, { attempt: 2 }))).toEqual(settled);
  });

  it("counts in its sync, which never falls: not by the settling, and not by its end", () => {
    expect(shownAfter(failed(98))).toBe(98);
    expect(shownAfter(failed(98), first)).toBe(198);
    expect(shownAfter(failed(98), first, second)).toBe(200);
    expect(shownAfter(failed(98), first, second, completed(second.progress))).toBe(200);
    const cancelled: Fact = {
      type: "sync.cancelled",
      syncId: "s1",
      request: null,
      course: completed(noProgress).course,
    };
    expect(shownAfter(failed(98), first, cancelled)).toBe(198);
  });
});

describe("a log that was restored from an older copy", () => {
  const rowsBefore = () => projectFacts([started, page, first, failed(98)]);

  it("settles another chunk than the row has seen, and what was dealt with stays so until it is counted", () => {
    const rows = projectFacts([started, page, fetchedChunk(noProgress, 1)], rowsBefore(), 2);
    const sync = rows.syncs.get("s1");
    expect(sync).toMatchObject({ settled: 100, chunks_settled: 1, handled_uncounted: 98 });
    expect(sync && shownHandled(sync, rows.chunks.values())).toBe(198);
    const both = fetchedChunk(fetchedChunk(noProgress, 1).progress, 0);
    const after = projectFacts([started, page, fetchedChunk(noProgress, 1), both], rowsBefore(), 2);
    expect(after.syncs.get("s1")).toMatchObject({ settled: 200, chunks_settled: 2, handled_uncounted: 0 });
  });
});
