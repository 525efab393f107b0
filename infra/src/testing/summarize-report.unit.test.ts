import { expect, test } from "vitest";
import { slowestLine, summarizeReport, summaryLine } from "./summarize-report.ts";

const file = { name: "/repo/test/e2e/chaos.e2e.test.ts", startTime: 1_000, endTime: 1_500 };
const clean = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ ...file, status: "passed", assertionResults: [{ status: "passed" }] }],
};

test("a clean run has no failures and no skipped part", () => {
  expect(summaryLine(summarizeReport(clean, 0))).toBe("3 passed, 0 failed");
});

test("skipped and planned tests are told", () => {
  const report = { ...clean, numPendingTests: 1, numTodoTests: 1 };
  expect(summaryLine(summarizeReport(report, 0))).toBe("3 passed, 0 failed, 2 skipped");
});

test("a file that could not be loaded counts as a failure beside the failed tests", () => {
  const report = {
    ...clean,
    numFailedTests: 1,
    testResults: [
      { ...file, status: "failed", assertionResults: [] },
      { ...file, status: "failed", assertionResults: [{ status: "failed" }] },
    ],
  };
  expect(summarizeReport(report, 1)).toEqual({ passed: 3, failed: 2, skipped: 0 });
});

test("a run that ended badly is never said to have no failures", () => {
  expect(summarizeReport(clean, 1).failed).toBe(1);
  expect(summarizeReport(null, 0).failed).toBe(1);
  expect(summarizeReport({ unknown: "shape" }, 0).failed).toBe(1);
});

test("files that took long are told, the longest first; where none did, nothing is", () => {
  const took = (name: string, endTime: number) => ({ ...clean.testResults[0], name, endTime });
  const testResults = [
    took("/a/short.int.test.ts", 20_999),
    took("/a/long.unit.test.tsx", 21_000),
    took("/b/longer.e2e.test.ts", 62_400),
  ];
  expect(slowestLine({ ...clean, testResults })).toBe("slowest: longer.e2e 61 s, long.unit 20 s");
  expect([clean, null].map(slowestLine)).toEqual([null, null]);
});
