import { expect, it } from "vitest";
import { findGrowth } from "./find-growth.ts";

const months = (rows: readonly number[]) => rows.map((count) => ({ "rows of events": count }));

it("what fills in the months before everything has had its time is no growth", () => {
  expect(findGrowth(months([100, 2_000, 9_000, 9_100, 9_050, 9_080]), 2)).toEqual([]);
});

it("what goes on to fill is", () => {
  expect(findGrowth(months([100, 2_000, 9_000, 9_900, 10_900, 12_000]), 2)).toEqual([
    "growth: rows of events: 9900 became 12000",
  ]);
});

it("one more of little is none, and too few months say nothing", () => {
  expect(findGrowth(months([3, 3, 4, 5]), 0)).toEqual([]);
  expect(findGrowth(months([3, 3]), 1)).toEqual(["2 months say nothing: it takes 3"]);
});
