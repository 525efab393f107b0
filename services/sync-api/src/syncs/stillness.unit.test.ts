import { expect, it } from "vitest";
import { stillnessOf } from "./stillness.ts";

const startedAt = new Date("2026-01-01T00:00:00Z");
const at = (seconds: number): Date => new Date(startedAt.getTime() + seconds * 1_000);
const running = {
  status: "running",
  startedAt,
  pausedMs: 0,
  chunksSettled: 20,
  windowChunks: 8,
  movedAt: at(40),
};
const stillness = (more: Partial<typeof running> | object = {}, seconds = 100) =>
  stillnessOf({ ...running, ...more }, at(seconds).getTime());

it("counts from the newest fact, and half a minute is never too long", () => {
  expect(stillness()).toEqual({ seconds: 60, afterSeconds: 30 });
  expect(stillness({}, 40)).toEqual({ seconds: 0, afterSeconds: 30 });
});

it("has the patience that slow chunks take which settle together", () => {
  // Eight at once, in 100 seconds: the next one is known after 200.
  expect(stillness({ chunksSettled: 8, movedAt: at(100) }).afterSeconds).toBe(150);
  expect(stillness({ chunksSettled: 1, movedAt: at(100) }).afterSeconds).toBe(300);
  expect(stillness({ chunksSettled: 8, windowChunks: 1, movedAt: at(800) }).afterSeconds).toBe(150);
});

it("does not become more patient while nothing moves, nor by a pause", () => {
  const slow = { chunksSettled: 8, movedAt: at(100) };
  expect(stillness(slow, 10_000).afterSeconds).toBe(stillness(slow, 101).afterSeconds);
  expect(stillness({ ...slow, movedAt: at(4_100), pausedMs: 4_000_000 }, 5_000).afterSeconds).toBe(150);
});

it("waits a minute for the first chunk", () => {
  expect(stillness({ chunksSettled: 0 })).toEqual({ seconds: 60, afterSeconds: 60 });
});

it("is none of what does not run or of what nothing is known, and clocks that differ make none that is negative", () => {
  for (const more of [{ status: "paused" }, { status: "queued" }, { movedAt: null }, { startedAt: null }])
    expect(stillness(more).seconds, JSON.stringify(more)).toBeNull();
  expect(stillness({ movedAt: at(200) }).seconds).toBe(0);
});
