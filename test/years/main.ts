import { startBenchStack } from "../../bench/harness/bench-stack.ts";
import { UsageError } from "../support/whole-number.ts";
import type { Sizes } from "./measure-sizes.ts";
import { parseSimulateYearsOptions, type SimulateYearsOptions, usage } from "./options.ts";
import { runYears, type YearsReport } from "./run-years.ts";

const nowhere = "http://127.0.0.1:9";
const shown = ["rows of syncs", "rows of events", "rows of messages", "messages of EVENTS", "blobs"] as const;

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  let options: SimulateYearsOptions;
  try {
    options = parseSimulateYearsOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  return simulate(options);
}

/** @returns the exit code */
async function simulate({ json, help: _, ...options }: SimulateYearsOptions): Promise<number> {
  const beganMs = performance.now();
  const seconds = () => Math.round((performance.now() - beganMs) / 1_000);
  const say = (line: string) => void process.stderr.write(`${String(seconds()).padStart(4)} s  ${line}\n`);
  const stack = await startBenchStack(nowhere);
  let report: YearsReport;
  try {
    report = await runYears({ databaseUrl: stack.databaseUrl, broker: stack.broker }, { ...options, say });
  } finally {
    await stack.stop();
  }
  const { months, wrong, ...rest } = report;
  for (const what of wrong) process.stderr.write(`${what}\n`);
  const figures = { ...options, ...rest, seconds: seconds(), wrong };
  if (json) process.stdout.write(`${JSON.stringify({ ...figures, sizes: months })}\n`);
  else process.stdout.write(summaryOf(report, seconds()));
  return wrong.length === 0 ? 0 : 1;
}

function summaryOf({ months, syncs, facts, removed, wrong }: YearsReport, seconds: number): string {
  const counts = Object.entries(removed).map(([kind, count]) => `${kind} ${count.toLocaleString("en")}`);
  return [
    `${months.length} months in ${seconds} s: ${syncs.toLocaleString("en")} syncs, ${facts.toLocaleString("en")} facts`,
    `removed: ${counts.join(", ")}`,
    ...months.map((sizes, n) => `month ${n + 1}: ${lineOf(sizes)}`),
    wrong.length === 0 ? "Nothing is wrong.\n" : `${wrong.length} things are wrong.\n`,
  ].join("\n");
}

function lineOf(sizes: Sizes): string {
  return [
    ...shown.map((name) => `${sizes[name]?.toLocaleString("en")} ${name.replace("rows of ", "")}`),
    `${Math.round((sizes["bytes of the database"] ?? 0) / 1e6)} MB`,
  ].join(", ");
}
