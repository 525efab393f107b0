import { describe, expect, it } from "vitest";
import { isRunDue } from "./is-run-due.ts";

const second = 1_000;
const hour = 3_600 * second;
const every = 6 * hour;
const now = 1_000 * hour;

const completed = (agoMs: number) => ({ completedMs: now - agoMs, failures: 0, failedMs: null });
const failed = (failures: number, agoMs: number) => ({
  completedMs: now - 100 * hour,
  failures,
  failedMs: now - agoMs,
});

describe("a run is due", () => {
  it("when there was none, and a period after the last", () => {
    expect(isRunDue(undefined, every, now)).toBe(true);
    expect(isRunDue(completed(every - 1), every, now)).toBe(false);
    expect(isRunDue(completed(every), every, now)).toBe(true);
  });

  it.each([
    [1, 30 * second],
    [2, 60 * second],
    [5, 480 * second],
    [7, 1_920 * second],
    [8, hour],
    [5_000, hour],
  ])("after %i failures in a row once %i ms have passed", (failures, waitMs) => {
    expect(isRunDue(failed(failures, waitMs - 1), every, now)).toBe(false);
    expect(isRunDue(failed(failures, waitMs), every, now)).toBe(true);
  });

  it("never later than its schedule says", () => {
    expect(isRunDue(failed(20, 60 * second), 60 * second, now)).toBe(true);
  });

  it("also where none was ever through", () => {
    const never = { completedMs: null, failures: 2, failedMs: now - 59 * second };
    expect(isRunDue(never, every, now)).toBe(false);
    expect(isRunDue(never, every, now + second)).toBe(true);
  });
});
