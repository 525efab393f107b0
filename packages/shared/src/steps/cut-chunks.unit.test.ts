import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noHistory } from "../events/attempt.ts";
import { fetchItemSchema, listingItemSchema } from "../events/work-item.ts";
import { givenActive, givenPage, ref } from "../testing/given.ts";
import {
  chunksListed,
  cutChanges,
  enqueueChunk,
  enqueueListing,
  holdsChunk,
  messagesListed,
} from "./cut-chunks.ts";

const active = givenActive("s1", { run: 2 });
const at = { ref, active };
const itemOf = (page: ReturnType<typeof givenPage>, chunkIndex: number) => {
  const { item } = enqueueChunk(at, page, chunkIndex, "released");
  return fetchItemSchema.parse(item);
};

describe("a page", () => {
  it("is cut into chunks that hold each id once and in order, none larger than it says", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 100 }),
        (messages, chunkSize) => {
          const chunkCount = Math.ceil(messages / chunkSize);
          const page = givenPage(1, messages, { chunkSize, chunkCount, firstChunk: 7 });
          const chunks = Array.from({ length: chunkCount }, (_, i) => itemOf(page, 7 + i).messageIds);
          expect(chunks.flat()).toEqual(page.messageIds);
          expect(chunks.every((ids) => ids.length <= chunkSize)).toBe(true);
        },
      ),
    );
  });

  it("holds the chunks that were cut from it, and no others", () => {
    const page = givenPage(1, 250, { firstChunk: 7 });
    expect([6, 7, 8, 9, 10].map((chunkIndex) => holdsChunk(page, chunkIndex))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
    expect(holdsChunk(givenPage(1, 0, { firstChunk: 7 }), 7)).toBe(false);
  });

  it("says how much is listed so far; before the first that is nothing", () => {
    const page = givenPage(1, 250);
    expect([chunksListed(page), messagesListed(page)]).toEqual([8, 750]);
    expect([chunksListed(null), messagesListed(null)]).toEqual([0, 0]);
  });
});

describe("a chunk as work", () => {
  const page = givenPage(0, 500);

  it("knows its run, and begins without a history", () => {
    expect(itemOf(page, 3)).toMatchObject({ kind: "chunk", run: 2, chunkIndex: 3, pageNumber: 0 });
    expect(itemOf(page, 3).history).toEqual(noHistory);
  });

  it("waits in its lane, due now", () => {
    expect([0, 1].map((chunkIndex) => enqueueChunk(at, page, chunkIndex, "x").lane)).toEqual([
      "live",
      "bulk",
    ]);
    expect(enqueueChunk(at, page, 0, "x").dueAtMs).toBeNull();
  });

  it("is fetched anew when something was found to be wrong, and keeps what it asks of a message", () => {
    const wanted = { ref, active: givenActive("s1", { content: "raw" }) };
    for (const stage of ["findings", "reconcile"] as const) {
      const { item } = enqueueChunk(wanted, givenPage(0, 500, { stage }), 0, "x");
      expect(item).toMatchObject({ refresh: true, content: "raw" });
    }
    for (const stage of ["listing", "changes"] as const)
      expect(itemOf(givenPage(0, 500, { stage }), 0)).toMatchObject({ refresh: false, content: "full" });
  });

  it("says what has become of just its messages, where its page does", () => {
    const changes = Array.from({ length: 250 }, (_, i) => ({
      kind: "relabelled" as const,
      at: String(i),
      added: ["A"],
      removed: [],
      hiddenAs: null,
    }));
    const changed = givenPage(1, 250, { stage: "changes", changes });
    expect([5, 6, 7].map((i) => cutChanges(changed, i)?.map(({ at: place }) => Number(place)))).toEqual([
      Array.from({ length: 100 }, (_, i) => i),
      Array.from({ length: 100 }, (_, i) => 100 + i),
      Array.from({ length: 50 }, (_, i) => 200 + i),
    ]);
    expect(itemOf(changed, 7)).toMatchObject({ changes: changes.slice(200) });
    expect(itemOf(page, 0)).toMatchObject({ changes: null });
  });

  it("is spared as a duplicate within its run and reason only", () => {
    const id = (run: number, chunkIndex: number, why: string) =>
      enqueueChunk({ ref, active: { ...active, run } }, page, chunkIndex, why).dedupeId;
    expect(id(2, 3, "released")).toBe(enqueueChunk(at, page, 3, "released").dedupeId);
    expect(new Set([id(2, 3, "a"), id(3, 3, "a"), id(2, 4, "a"), id(2, 3, "b")]).size).toBe(4);
  });
});

describe("a listing as work", () => {
  it("knows page and run, waits apart from chunks, and is spared as a duplicate within its run and reason only", () => {
    const effect = enqueueListing(at, 4, "released");
    expect(effect).toMatchObject({ lane: "list", dueAtMs: null });
    expect(listingItemSchema.parse(effect.item)).toEqual({
      kind: "list",
      syncId: "s1",
      run: 2,
      pageNumber: 4,
      history: noHistory,
    });
    const ids = [effect, enqueueListing(at, 5, "released"), enqueueListing(at, 4, "stalled")].map(
      ({ dedupeId }) => dedupeId,
    );
    expect(new Set(ids).size).toBe(3);
  });
});
