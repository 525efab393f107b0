import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BatchTally, cameToNothing, nextBatchSize } from "./next-batch-size.ts";

const sizeMax = 50;
const next = (size: number, tally: BatchTally) => nextBatchSize(size, tally, sizeMax);

describe("the size of batches", () => {
  it("halves when one comes to nothing, down to a single message", () => {
    expect(next(50, { asked: 50, answered: 0, lost: 50 })).toBe(25);
    expect(next(50, { asked: 50, answered: 0, lost: 49 })).toBe(25);
    expect(next(1, { asked: 1, answered: 0, lost: 1 })).toBe(1);
  });

  it("is left when a batch that comes to nothing was far smaller", () => {
    expect(next(50, { asked: 24, answered: 0, lost: 24 })).toBe(50);
  });

  it("is left when a part of one comes", () => {
    expect(next(20, { asked: 20, answered: 1, lost: 19 })).toBe(20);
  });

  it("doubles when one comes whole, up to what is configured", () => {
    expect(next(20, { asked: 20, answered: 20, lost: 0 })).toBe(40);
    expect(next(40, { asked: 40, answered: 40, lost: 0 })).toBe(50);
  });

  it("never shrinks for messages that fail each by itself: the connection has carried them", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: sizeMax }),
        fc.integer({ min: 1, max: sizeMax }),
        fc.integer({ min: 0, max: sizeMax }),
        (size, asked, answered) => {
          const tally = { asked, answered: Math.min(asked, answered), lost: 0 };
          expect(cameToNothing(tally)).toBe(false);
          expect(next(size, tally)).toBeGreaterThanOrEqual(size);
        },
      ),
    );
  });
});
