import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInherited } from "./process/run-inherited.ts";
import { slowestLine, summarizeReport, summaryLine } from "./testing/summarize-report.ts";

/**
 * `npm test [-- vitest's arguments]`: unit, integration and black-box tests, with `N passed, N failed` as the last
 * line, read from the runner's own report. What only measures runs when it is asked for: `npm test -- --project bench`.
 */
process.chdir(fileURLToPath(new URL("../../", import.meta.url)));
const given = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "millrace-report-"));
const reportFile = join(folder, "report.json");
const exitCode = await runInherited("vitest", [
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${reportFile}`,
  ...(given.some((argument) => argument.startsWith("--project"))
    ? []
    : ["--project=!bench", "--project=!screenshots"]),
  ...given,
]);
const report = readReport(reportFile);
const summary = summarizeReport(report, exitCode);
rmSync(folder, { recursive: true, force: true });
const slowest = slowestLine(report);
if (slowest !== null) process.stdout.write(`${slowest}\n`);
process.stdout.write(`${summaryLine(summary)}\n`);
process.exitCode = exitCode || (summary.failed > 0 ? 1 : 0);

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}
