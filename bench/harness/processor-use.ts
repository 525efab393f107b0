import { processorSeconds } from "@millrace/infra/process/processor-time";
import type { BenchStack } from "./bench-stack.ts";
import type { Simulator } from "./start-simulator.ts";

/** Processor seconds by what used them: "fetcher", "postgres", "simulator" and so on. */
export type ProcessorUse = Readonly<Record<string, number>>;

/** What each kind of process that lives has used so far. */
export function processorUse(stack: BenchStack, simulator: Simulator): ProcessorUse {
  const of = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
  const kinds = [...stack.processes].map(([name, list]) => {
    const living = list.filter((one) => one.exit() === null);
    return [name, of(living.map(({ pid }) => pid))] as const;
  });
  return { ...Object.fromEntries(kinds), simulator: of([simulator.pid]) };
}

/** What has been used since; kinds that were not there before count from their start. */
export const usedSince = (before: ProcessorUse, after: ProcessorUse): ProcessorUse =>
  Object.fromEntries(Object.entries(after).map(([name, seconds]) => [name, seconds - (before[name] ?? 0)]));

/** Processor seconds of the kinds that are named, of all when none is. */
export const totalOf = (use: ProcessorUse, names: readonly string[] = Object.keys(use)): number =>
  names.reduce((sum, name) => sum + (use[name] ?? 0), 0);
