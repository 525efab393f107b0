import { givenChunkItem, givenPage, ref } from "@millrace/shared/testing/given";
import { describe, expect, it } from "vitest";
import { readListing } from "./read-listing.ts";

const pages = [0, 1, 2].map((pageNumber) => givenPage(pageNumber, 500));
const itemOf = (pageNumber: number, chunkIndex: number) =>
  givenChunkItem({ pageNumber, chunkIndex, mark: pages[pageNumber]?.mark ?? "" });

/** A log that ends at a page; Postgres has all of them. */
const upTo = (last: number) => ({
  newestPage: async () => pages[last] ?? null,
  page: async (_ref: unknown, _syncId: string, pageNumber: number) => pages[pageNumber] ?? null,
});

describe("a chunk is listed", () => {
  it("when its page is there, whether that is the newest page or an older one", async () => {
    expect(await readListing(upTo(2), ref, itemOf(2, 13))).toEqual([pages[2]]);
    expect(await readListing(upTo(2), ref, itemOf(0, 4))).toEqual([pages[0], pages[2]]);
  });

  it("but not before anything is", async () => {
    expect(await readListing(upTo(-1), ref, itemOf(0, 0))).toBeNull();
  });

  it("but not on a page behind the newest: the log has lost it, whatever Postgres knows of it", async () => {
    expect(await readListing(upTo(1), ref, itemOf(2, 13))).toBeNull();
  });

  it("but not when another page has the number of its own", async () => {
    const item = itemOf(1, 6);
    expect(await readListing(upTo(2), ref, { ...item, mark: "of a lost log" })).toBeNull();
    expect(await readListing(upTo(2), ref, { ...item, pageNumber: 0 })).toBeNull();
    expect(await readListing(upTo(2), ref, item)).toEqual([pages[1], pages[2]]);
  });
});
