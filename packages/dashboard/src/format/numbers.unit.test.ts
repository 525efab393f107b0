import { expect, test } from "vitest";
import { bytes, compact, duration, percent, plural, rate } from "./numbers.ts";

test("a hundred percent is said only when all is done", () => {
  expect([percent(9_999, 10_000), percent(10_000, 10_000), percent(0, 0), percent(1, 3)]).toEqual([
    "99 %",
    "100 %",
    "0 %",
    "33 %",
  ]);
});

test("durations have two units at most, and none that is zero", () => {
  expect([0.4, 8, 59.7, 200, 3_600, 7_500, 90_000, 86_400].map(duration)).toEqual([
    "0.4 s",
    "8 s",
    "1 min",
    "3 min 20 s",
    "1 h",
    "2 h 5 min",
    "1 d 1 h",
    "1 d",
  ]);
});

test("sizes, rates and counts are short and never say more than is known", () => {
  expect([12, 1_500, 999_600, 25_000_000].map(bytes)).toEqual(["12 B", "1.5 kB", "1.0 MB", "25 MB"]);
  expect([0, 0.42, 391.4].map(rate)).toEqual(["0", "0.4", "391"]);
  expect([9_999, 12_345].map(compact)).toEqual(["9,999", "12.3K"]);
  expect([plural(1, "sync"), plural(2_000, "sync")]).toEqual(["1 sync", "2,000 syncs"]);
});
