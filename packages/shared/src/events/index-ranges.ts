import { z } from "zod";

const index = z.int().nonnegative();

/** A set of indexes as inclusive ranges, sorted and apart from each other: small while its members come nearly in order. */
export const indexRangesSchema = z.array(z.tuple([index, index]));
export type IndexRanges = z.infer<typeof indexRangesSchema>;

export function isInRanges(ranges: IndexRanges, member: number): boolean {
  return ranges.some(([first, last]) => first <= member && member <= last);
}

/** The set with one more member. */
export function insertIndex(ranges: IndexRanges, member: number): IndexRanges {
  const before = ranges.filter(([, last]) => last < member - 1);
  const after = ranges.filter(([first]) => first > member + 1);
  const touching = ranges.slice(before.length, ranges.length - after.length);
  const first = Math.min(member, ...touching.map((range) => range[0]));
  const last = Math.max(member, ...touching.map((range) => range[1]));
  return [...before, [first, last], ...after];
}
