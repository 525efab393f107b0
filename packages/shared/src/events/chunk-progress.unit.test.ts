import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ChunkProgress,
  isSettled,
  noProgress,
  outstandingChunks,
  releasedCount,
  settleChunk,
} from "./chunk-progress.ts";
import { emptyLedger, isBalanced } from "./ledger.ts";

const share = { ...emptyLedger, listed: 3, stored: 2, gone: 1 };

function settleAll(order: readonly number[]): ChunkProgress {
  return order.reduce((progress, index) => settleChunk(progress, index, share) ?? progress, noProgress);
}

describe("the checkpoint of a sync", () => {
  it("counts a chunk once, however often and in whatever order it is settled", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 120 }), (order) => {
        const distinct = new Set(order);
        const progress = settleAll(order);
        expect(progress.settledCount).toBe(distinct.size);
        expect(progress.ledger.listed).toBe(3 * distinct.size);
        expect(isBalanced(progress.ledger)).toBe(true);
        for (let index = 0; index <= 41; index++)
          expect(isSettled(progress, index)).toBe(distinct.has(index));
      }),
    );
  });

  it("keeps ranges sorted, apart from each other and as few as possible", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(60)), (order) => {
        const { settled } = settleAll(order);
        settled.forEach(([first, last], i) => {
          expect(first).toBeLessThanOrEqual(last);
          const next = settled[i + 1];
          if (next !== undefined) expect(next[0]).toBeGreaterThan(last + 1);
        });
      }),
    );
  });

  it("calls outstanding exactly what is released and not settled", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(30)), fc.integer({ min: 0, max: 40 }), (order, released) => {
        const expected = Array.from({ length: released }, (_, i) => i).filter((i) => !order.includes(i));
        expect(outstandingChunks(settleAll(order), released)).toEqual(expected);
      }),
    );
  });

  it("says that a chunk was settled before instead of counting it twice", () => {
    const once = settleChunk(noProgress, 7, share);
    expect(once).not.toBeNull();
    expect(settleChunk(once as ChunkProgress, 7, share)).toBeNull();
  });

  it("needs no more ranges than the window allows, plus one", () => {
    // Chunks are released in order; any of the window may be the one that settles next.
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.nat(7), { maxLength: 200 }),
        (windowChunks, picks) => {
          let progress = noProgress;
          for (const pick of picks) {
            const open = outstandingChunks(progress, releasedCount(progress, windowChunks));
            expect(open.length).toBe(windowChunks);
            progress = settleChunk(progress, open[pick % open.length] as number, share) as ChunkProgress;
            expect(progress.settled.length).toBeLessThanOrEqual(windowChunks + 1);
          }
        },
      ),
    );
  });
});
