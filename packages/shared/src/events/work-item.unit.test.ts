import { describe, expect, it } from "vitest";
import { givenChunkItem, givenListItem, givenRedriveItem } from "../testing/given.ts";
import { noHistory } from "./attempt.ts";
import { fetchItemSchema, laneOf, listingItemSchema, type WorkItem, workKey } from "./work-item.ts";

const chunk = givenChunkItem();
const redrive = givenRedriveItem();
const list = givenListItem(3);
const verify: WorkItem = { kind: "verify", syncId: "s1", repair: false, history: noHistory };
const probe: WorkItem = { kind: "probe", syncId: "s1", history: noHistory };

describe("a piece of work", () => {
  it("has a name of its own within its sync, which no attempt changes", () => {
    const items: WorkItem[] = [chunk, redrive, list, verify, probe, givenChunkItem({ chunkIndex: 4 })];
    expect(new Set(items.map(workKey)).size).toBe(items.length);
    for (const item of items)
      expect(workKey({ ...item, history: { failed: 2, streak: 1, poison: 1 } })).toBe(workKey(item));
    for (const item of items) expect(workKey(item)).toMatch(/^[a-z0-9-]+$/); // one token of a subject
  });

  it("of an earlier run is another one: it is void", () => {
    expect(workKey(givenChunkItem({ run: 1 }))).not.toBe(workKey(chunk));
    expect(workKey(givenListItem(3, { run: 1 }))).not.toBe(workKey(list));
    // Run 1, chunk 12 is not run 11, chunk 2.
    const twelve = givenChunkItem({ run: 1, chunkIndex: 12 });
    expect(workKey(twelve)).not.toBe(workKey(givenChunkItem({ run: 11, chunkIndex: 2 })));
  });

  it("is claimed by fetchers when it is about messages, and by listers when it is about ids", () => {
    for (const item of [chunk, redrive]) {
      expect(fetchItemSchema.safeParse(item).success).toBe(true);
      expect(listingItemSchema.safeParse(item).success).toBe(false);
    }
    for (const item of [list, verify, probe]) {
      expect(fetchItemSchema.safeParse(item).success).toBe(false);
      expect(listingItemSchema.safeParse(item).success).toBe(true);
    }
  });

  it("is never empty, and never larger than the largest chunk", () => {
    expect(fetchItemSchema.safeParse({ ...chunk, messageIds: [] }).success).toBe(false);
    const ids = Array.from({ length: 501 }, (_, i) => `m${i}`);
    expect(fetchItemSchema.safeParse({ ...chunk, messageIds: ids }).success).toBe(false);
    expect(fetchItemSchema.safeParse({ ...chunk, messageIds: ids.slice(1) }).success).toBe(true);
  });
});

describe("the live lane", () => {
  it("is for the newest mail: the first chunk of a full sync, and all of an incremental one", () => {
    expect([0, 1, 2].map((chunkIndex) => laneOf("full", chunkIndex))).toEqual(["live", "bulk", "bulk"]);
    expect([0, 1, 2].map((chunkIndex) => laneOf("incremental", chunkIndex))).toEqual([
      "live",
      "live",
      "live",
    ]);
  });
});
