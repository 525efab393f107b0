import { expect, test } from "vitest";
import { isLaterWatermark } from "./is-later-watermark.ts";

test.each([
  ["10", "9", true],
  ["9", "10", false],
  ["10", "10", false],
  ["010", "10", false],
  ["18446744073709551617", "18446744073709551616", true],
  ["18446744073709551616", "18446744073709551617", false],
  ["9007199254740993", "9007199254740992", true],
  ["1", null, true],
  ["opaque", "10", true],
  ["10", "opaque", true],
  ["9".repeat(1_000), "10", true],
])("%s after %s: %s", (watermark, known, isLater) => {
  expect(isLaterWatermark(watermark, known)).toBe(isLater);
});
