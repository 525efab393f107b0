import { basename } from "node:path";
import { z } from "zod";

/** What is read of the report that vitest's `json` reporter writes. */
const reportSchema = z.object({
  numPassedTests: z.number().int().nonnegative(),
  numFailedTests: z.number().int().nonnegative(),
  numPendingTests: z.number().int().nonnegative(),
  numTodoTests: z.number().int().nonnegative(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      /** In milliseconds since 1970. */
      startTime: z.number(),
      endTime: z.number(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Totals of a run. A file that failed without a failed test (it could not be loaded, or its set-up failed) counts
 * as one failed test, and so does a run that ended badly without saying why: "0 failed" is never said of it.
 *
 * @param report the JSON report, or null when the runner left none.
 * @param exitCode how the runner ended.
 */
export function summarizeReport(report: unknown, exitCode: number): TestSummary {
  const parsed = reportSchema.safeParse(report);
  if (!parsed.success) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = parsed.data;
  const brokenFiles = testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  ).length;
  const failed = numFailedTests + brokenFiles;
  return {
    passed: numPassedTests,
    failed: exitCode !== 0 && failed === 0 ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
  };
}

/** The closing line of a run, such as "120 passed, 0 failed, 2 skipped". */
export function summaryLine({ passed, failed, skipped }: TestSummary): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

const slowMsMin = 20_000;
const slowFilesMax = 12;

/** Which files took longest, such as "slowest: chaos.e2e 61 s, alerts.int 24 s", where one took 20 s; null: none did. */
export function slowestLine(report: unknown): string | null {
  const parsed = reportSchema.safeParse(report);
  if (!parsed.success) return null;
  const slowest = parsed.data.testResults
    .map(({ name, startTime, endTime }) => ({ name, ms: endTime - startTime }))
    .filter(({ ms }) => ms >= slowMsMin)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, slowFilesMax)
    .map(({ name, ms }) => `${basename(name).replace(/\.test\.tsx?$/, "")} ${Math.round(ms / 1_000)} s`);
  return slowest.length === 0 ? null : `slowest: ${slowest.join(", ")}`;
}
