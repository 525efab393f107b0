import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readResult } from "../results/saved-result.ts";
import { plots } from "./plots.ts";
import { renderPlot } from "./render-plot.ts";

const folder = new URL("../../docs/benchmarks/", import.meta.url);
const fileOf = (suite: string): URL => new URL(`${suite}.svg`, folder);

/** Renders every result that is kept, and replaces the plots of docs/benchmarks.md. @returns the suites of these */
export async function writePlots(): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true });
  const rendered = await renderPlots();
  for (const [suite, svg] of rendered) writeFileSync(fileOf(suite), svg);
  return [...rendered.keys()];
}

/** What the plots have to be, by suite; a suite without a result has none. */
export async function renderPlots(): Promise<ReadonlyMap<string, string>> {
  const rendered = new Map<string, string>();
  for (const plot of plots) {
    const result = readResult(plot.suite);
    if (result !== null) rendered.set(plot.suite, await renderPlot(plot, result));
  }
  return rendered;
}

export const readPlot = (suite: string): string => readFileSync(fileOf(suite), "utf8");
