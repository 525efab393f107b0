import { describe, expect, it } from "vitest";
import { type ChaosReport, percentile99, violationsOf } from "./chaos-report.ts";

const clean: ChaosReport = {
  seed: 1,
  minutes: 3,
  faults: { kill: 5 },
  syncs: 100,
  listed: 1_000,
  stored: 1_000,
  lost: 0,
  duplicated: 0,
  stuck: 0,
  regressed: 0,
  rebuildDiff: 0,
  recoverySecondsP99: 12.5,
  pauses: { longestSeconds: 7.2, byFault: {} },
  extra: 0,
  labelsWrong: 0,
  digestWrong: 0,
  ledgerWrong: 0,
  verificationsWrong: 0,
  deadLettered: 2,
  deadLettersUnplanned: 0,
  deadLettersLeft: 0,
  lostWithBroker: 1,
  endedAgain: 1,
  refused: 0,
  badStops: 1,
  unexpectedExits: 3,
  reconnections: 200,
  sights: 4_000,
  skipped: [],
};

describe("a run", () => {
  it("is clean when nothing is what must not be", () => {
    expect(violationsOf(clean)).toEqual([]);
  });

  it.each([
    "lost",
    "duplicated",
    "stuck",
    "regressed",
    "rebuildDiff",
    "extra",
    "labelsWrong",
    "digestWrong",
    "ledgerWrong",
    "verificationsWrong",
    "deadLettersUnplanned",
    "deadLettersLeft",
    "refused",
  ] as const)("is not clean with one %s", (name) => {
    expect(violationsOf({ ...clean, [name]: 1 })).toEqual([name]);
  });

  it("is not blamed for what could not be judged", () => {
    expect(violationsOf({ ...clean, rebuildDiff: null, extra: null, labelsWrong: null })).toEqual([]);
  });
});

describe("the 99th percentile", () => {
  it("is the value that 99 of 100 do not exceed", () => {
    const hundred = Array.from({ length: 100 }, (_, at) => at + 1);
    expect(percentile99(hundred.toReversed())).toBe(99);
    expect(percentile99([3.14, 2])).toBe(3.1);
    expect(percentile99([])).toBe(0);
  });
});
