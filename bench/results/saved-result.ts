import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, platform, totalmem } from "node:os";
import type { Figures } from "../suites/suite.ts";

/** What one run measured, as the repository keeps it: `bench/results/<suite>.json`. */
export interface SavedResult {
  readonly suite: string;
  /** Plots of a short form say so. */
  readonly form: "full" | "short";
  readonly measuredAt: string;
  /** In words, as it stands below a plot. */
  readonly machine: string;
  readonly figures: Figures;
}

const fileOf = (suite: string): URL => new URL(`${suite}.json`, import.meta.url);

/** @returns null when there is none yet */
export function readResult(suite: string): SavedResult | null {
  const file = fileOf(suite);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as SavedResult) : null;
}

/** Replaces the suite's result by one that was measured now and here. */
export function saveResult(suite: string, form: SavedResult["form"], figures: Figures): void {
  const result: SavedResult = {
    suite,
    form,
    measuredAt: new Date().toISOString(),
    machine: machineInWords(),
    figures,
  };
  writeFileSync(fileOf(suite), `${JSON.stringify(result, null, 2)}\n`);
}

function machineInWords(): string {
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores, ${gibibytes} GiB of memory, ${platform()} ${arch()}`;
}
