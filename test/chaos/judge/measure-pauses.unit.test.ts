import { describe, expect, it } from "vitest";
import { measurePauses } from "./measure-pauses.ts";

const span = { fromMs: 0, toMs: 60_000 };
const steady = (fromMs: number, toMs: number): number[] =>
  Array.from({ length: (toMs - fromMs) / 500 }, (_, at) => fromMs + at * 500);

describe("pauses of the log", () => {
  const times = [...steady(500, 20_000), ...steady(27_000, 60_000)];

  it("names the longest time between two facts", () => {
    expect(measurePauses(times, span, []).longestSeconds).toBe(7.5);
  });

  it("holds a pause against the fault that it touches, and against no other", () => {
    const faults = [
      { kind: "node-kill", fromMs: 20_100, toMs: 21_000 },
      { kind: "node-kill", fromMs: 40_000, toMs: 41_000 },
      { kind: "cut", fromMs: 50_000, toMs: 51_000 },
    ];
    expect(measurePauses(times, span, faults).byFault).toEqual({
      cut: { count: 1, medianSeconds: 0.5, longestSeconds: 0.5 },
      "node-kill": { count: 2, medianSeconds: 0.5, longestSeconds: 7.5 },
    });
  });

  it("counts a log that takes nothing until the end, or nothing at all", () => {
    expect(measurePauses(steady(500, 10_000), span, []).longestSeconds).toBe(50.5);
    expect(measurePauses([], span, []).longestSeconds).toBe(60);
  });
});
