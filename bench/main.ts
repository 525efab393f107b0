import { parseArgs } from "node:util";
import { readResult, saveResult } from "./results/saved-result.ts";
import type { Suite } from "./suites/suite.ts";
import { suites } from "./suites/suites.ts";

const usage = `usage: npm run bench -- SUITE [options]
       npm run bench -- plot

Measures Millrace on real servers, beside what it is compared with in the same run. docs/benchmarks.md says how.

${suites.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join("\n")}
  ${"plot".padEnd(12)}draws docs/benchmarks/*.svg from what is kept in bench/results

  --short    a short form: whether it works, and what does not depend on the machine
  --json     one line of JSON on standard output; progress goes to standard error
  --save     keeps the figures in bench/results, when nothing failed; plots are made of them
  --help     this text

exit code: 0 when it was measured and what must hold on any machine holds, 1 when not, 2 for options that make no sense
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof read>;
  try {
    parsed = read(args);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (positionals.length !== 1) return refuse("Name a suite.");
  if (positionals[0] === "plot") return plot();
  const suite = suites.find(({ name }) => name === positionals[0]);
  if (suite === undefined) return refuse(`There is no suite "${positionals[0]}".`);
  if (values.save && values.short && readResult(suite.name)?.form === "full")
    return refuse(`bench/results/${suite.name}.json is of a full run, which a short one does not replace.`);
  return measure(suite, values);
}

/** @returns the exit code */
async function measure(
  suite: Suite,
  { short, json, save }: ReturnType<typeof read>["values"],
): Promise<number> {
  const beganMs = Date.now();
  const figures = await suite.run({
    short,
    say: (line) =>
      process.stderr.write(`${((Date.now() - beganMs) / 1_000).toFixed(0).padStart(4)} s  ${line}\n`),
  });
  process.stdout.write(json ? `${JSON.stringify(figures)}\n` : `${JSON.stringify(figures, null, 2)}\n`);
  const failures = suite.failures(figures);
  for (const failure of failures) process.stderr.write(`${failure}\n`);
  if (failures.length > 0) return 1;
  if (save) saveResult(suite.name, short ? "short" : "full", figures);
  return 0;
}

async function plot(): Promise<number> {
  const { writePlots } = await import("./plots/write-plots.ts"); // the library is not for those who measure
  for (const suite of await writePlots()) process.stdout.write(`docs/benchmarks/${suite}.svg\n`);
  return 0;
}

function read(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      short: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      save: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
}

function refuse(why: string): number {
  process.stderr.write(`${why}\n\n${usage}`);
  return 2;
}
