import { expect, it } from "vitest";
import { nextPieceSize } from "./next-piece-size.ts";

it("a piece that was slow is followed by half of it, one that was undone by a quarter, never by fewer than 20", () => {
  expect(nextPieceSize(5_000, 5_000, 501)).toBe(2_500);
  expect(nextPieceSize(5_000, 5_000, null)).toBe(1_250);
  expect([nextPieceSize(30, 5_000, 501), nextPieceSize(30, 5_000, null)]).toEqual([20, 20]);
  expect([nextPieceSize(10, 10, 501), nextPieceSize(10, 10, null)]).toEqual([10, 10]);
});

it("one that took less than half of the goal is followed by a larger one, up to the first size", () => {
  expect(nextPieceSize(1_000, 5_000, 249)).toBe(1_500);
  expect(nextPieceSize(20, 5_000, 1)).toBe(30);
  expect(nextPieceSize(4_000, 5_000, 1)).toBe(5_000);
  expect(nextPieceSize(5_000, 5_000, 1)).toBe(5_000);
});

it("one near the goal is followed by one of the same size", () => {
  for (const tookMs of [250, 400, 500]) expect(nextPieceSize(1_000, 5_000, tookMs)).toBe(1_000);
});

it("what was slow for a moment is at its first size again within ten pieces", () => {
  let size = 5_000;
  for (let n = 0; n < 4; n++) size = nextPieceSize(size, 5_000, 900);
  expect(size).toBe(312);
  for (let n = 0; n < 10; n++) size = nextPieceSize(size, 5_000, 20);
  expect(size).toBe(5_000);
});
