import fc from "fast-check";
import { expect, test } from "vitest";
import { layOutGrid } from "./grid-layout.ts";

test("every chunk has a place within the width, and ten thousand fit a desktop's screen", () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.integer({ min: 40, max: 2_000 }), (chunks, width) => {
      const { columns, rows, step, height } = layOutGrid(chunks, width);
      expect(columns * rows).toBeGreaterThanOrEqual(chunks);
      expect(columns * step).toBeLessThanOrEqual(Math.max(width, step));
      expect(height).toBe(rows * step);
    }),
  );
  expect(layOutGrid(10_000, 780)).toMatchObject({ step: 5, height: 325 });
  expect(layOutGrid(50, 780).step).toBe(15);
});
