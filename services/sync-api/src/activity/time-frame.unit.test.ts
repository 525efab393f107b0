import fc from "fast-check";
import { expect, it } from "vitest";
import { minutesMax, timeFrameOf } from "./time-frame.ts";

const minuteMs = 60_000;
const now = Date.parse("2026-01-01T12:34:56Z");
const nowMinute = Math.floor(now / minuteMs);

it.each([
  [1, 1, 1],
  [60, 1, 60],
  [120, 1, 120],
  [121, 2, 61],
  [240, 2, 120],
  [1_440, 12, 120],
])("the last %i minutes are points of %i minutes, %i of them", (minutes, stepMinutes, points) => {
  const frame = timeFrameOf(minutes, now);
  expect(frame).toMatchObject({ stepMinutes, points });
  const last = frame.firstMinute + (points - 1) * stepMinutes;
  expect(last).toBeLessThanOrEqual(nowMinute);
  expect(last + stepMinutes).toBeGreaterThan(nowMinute);
});

it("points stay where they are while time goes on", () => {
  const anyFrame = fc.tuple(fc.integer({ min: 1, max: minutesMax }), fc.nat(100_000));
  fc.assert(
    fc.property(anyFrame, ([minutes, laterSeconds]) => {
      const [before, after] = [timeFrameOf(minutes, now), timeFrameOf(minutes, now + laterSeconds * 1_000)];
      expect(after.points).toBeLessThanOrEqual(120);
      expect(Math.abs(after.firstMinute - before.firstMinute) % before.stepMinutes).toBe(0);
    }),
  );
});
