import { expect, test } from "vitest";
import { summarizeReport, summaryLine } from "./summarize-report.ts";

const clean = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ status: "passed", assertionResults: [{ status: "passed" }] }],
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
      { status: "failed", assertionResults: [] },
      { status: "failed", assertionResults: [{ status: "failed" }] },
    ],
  };
  expect(summarizeReport(report, 1)).toEqual({ passed: 3, failed: 2, skipped: 0 });
});

test("a run that ended badly is never said to have no failures", () => {
  expect(summarizeReport(clean, 1).failed).toBe(1);
  expect(summarizeReport(null, 0).failed).toBe(1);
  expect(summarizeReport({ unknown: "shape" }, 0).failed).toBe(1);
});
