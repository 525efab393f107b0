import { expect, test } from "vitest";
import { clockTime, comingTime, mailTime, relativeTime, wholeTime } from "./times.ts";

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
  expect([-6.1, -9.9].map(shown)).toEqual(["6 s ago", "9 s ago"]);
});

test("what is waited for may come at any moment once its time has passed", () => {
  const shown = [-30, 0, 3, 100].map((seconds) =>
    comingTime(new Date(nowMs + 1_000 * seconds).toISOString(), nowMs),
  );
  expect(shown).toEqual(["at any moment", "at any moment", "in 3 s", "in 2 min"]);
});

test("all times have the same digits and hours, whatever the language of who reads them", () => {
  const now = new Date(2026, 10, 30, 16, 5, 9);
  const at = now.toISOString();
  expect([clockTime(at), mailTime(at, now), wholeTime(at)]).toEqual([
    "16:05:09",
    "16:05",
    "Nov 30, 2026, 16:05:09",
  ]);
  const night = new Date(2026, 10, 30, 0, 5);
  expect(mailTime(night.toISOString(), night)).toBe("00:05");
});
