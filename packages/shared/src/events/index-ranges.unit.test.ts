import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type IndexRanges, indexRangesSchema, insertIndex, isInRanges } from "./index-ranges.ts";

const setOf = (members: readonly number[]): IndexRanges => members.reduce(insertIndex, [] as IndexRanges);
const members = fc.array(fc.nat(50), { maxLength: 80 });

describe("a set of indexes as ranges", () => {
  it("holds exactly what was put in, in whatever order and however often", () => {
    fc.assert(
      fc.property(members, (list) => {
        const ranges = setOf(list);
        for (let i = 0; i <= 51; i++) expect(isInRanges(ranges, i)).toBe(list.includes(i));
        expect(setOf([...list, ...list].reverse())).toEqual(ranges);
      }),
    );
  });

  it("is sorted, with a gap between ranges: there is one way to write a set", () => {
    fc.assert(
      fc.property(members, (list) => {
        const ranges = setOf(list);
        expect(indexRangesSchema.safeParse(ranges).success).toBe(true);
        for (const [i, [first, last]] of ranges.entries()) {
          expect(first).toBeLessThanOrEqual(last);
          expect(ranges[i + 1]?.[0] ?? Number.POSITIVE_INFINITY).toBeGreaterThan(last + 1);
        }
      }),
    );
  });

  it("grows at either end, bridges a gap of one, and leaves the set that it came from alone", () => {
    const before: IndexRanges = [
      [2, 3],
      [5, 8],
    ];
    expect(insertIndex(before, 4)).toEqual([[2, 8]]);
    expect(insertIndex(before, 1)).toEqual([
      [1, 3],
      [5, 8],
    ]);
    expect(insertIndex(before, 9)).toEqual([
      [2, 3],
      [5, 9],
    ]);
    expect(insertIndex(before, 0)).toEqual([[0, 0], ...before]);
    expect(insertIndex(before, 6)).toEqual(before);
    expect(before).toEqual([
      [2, 3],
      [5, 8],
    ]);
  });
});
