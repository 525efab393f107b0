import { expect, test } from "vitest";
import { relativeTime } from "./times.ts";

const nowMs = Date.UTC(2026, 0, 1);
const shown = (seconds: number): string =>
  relativeTime(new Date(nowMs + 1_000 * seconds).toISOString(), nowMs);

test("what is to come is told by the nearest unit, and by hours up to two days", () => {
  expect([3, 8, 100, 5_000, 172_740, 49 * 3_600, 20.4 * 86_400].map(shown)).toEqual([
    "just now",
    "in 8 s",
    "in 2 min",
    "in 1 h",
    "in 48 h",
    "in 2 d",
    "in 20 d",
  ]);
});

test("what is past has as many whole units as have passed", () => {
  expect([-3, -8, -100, -7_000, -172_740].map(shown)).toEqual([
    "just now",
    "8 s ago",
    "1 min ago",
    "1 h ago",
    "1 d ago",
  ]);
});
