import type { Pauses } from "./measure-pauses.ts";

/** The one line that a run prints. Numbers that could not be judged are null; `skipped` says why. */
export interface ChaosReport {
  readonly seed: number;
  readonly minutes: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Syncs that were accepted. */
  readonly syncs: number;
  /** Messages that the last syncs listed. */
  readonly listed: number;
  /** Messages of the mailboxes that the store has. */
  readonly stored: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly stuck: number;
  readonly regressed: number;
  readonly rebuildDiff: number | null;
  readonly recoverySecondsP99: number;
  /** How long the log took nothing while faults happened. */
  readonly pauses: Pauses;
  readonly extra: number | null;
  readonly labelsWrong: number | null;
  readonly digestWrong: number;
  /** Last syncs whose ledger is not what the mailbox holds. */
  readonly ledgerWrong: number;
  /** Verifications that did not find what there was to be found. */
  readonly verificationsWrong: number;
  /** Dead letters that there ever were. */
  readonly deadLettered: number;
  /** Of messages that nothing was wrong with. */
  readonly deadLettersUnplanned: number;
  /** After they were redriven. */
  readonly deadLettersLeft: number;
  /** Events that only the broker knew when its disk was taken away. */
  readonly lostWithBroker: number;
  /** Syncs that ended in a log that was lost, and again in the one after it. */
  readonly endedAgain: number;
  /** Right requests that the API called wrong. */
  readonly refused: number;
  /** Services that did not end with code 0 within ten seconds of a SIGTERM. */
  readonly badStops: number;
  /** Services that ended by themselves; they were started again. */
  readonly unexpectedExits: number;
  /** Live streams that were opened. */
  readonly reconnections: number;
  /** How often a watcher was shown a sync. */
  readonly sights: number;
  readonly skipped: readonly string[];
}

/** What must be zero for a run to have proven anything good. */
const mustBeZero = [
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
] as const satisfies readonly (keyof ChaosReport)[];

/** Names of what is not as it must be; empty when the run is clean. */
export function violationsOf(report: ChaosReport): string[] {
  return mustBeZero.filter((name) => (report[name] ?? 0) !== 0);
}

/** The value that 99 of 100 do not exceed (nearest rank), to a tenth; 0 of nothing. */
export function percentile99(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
  return Math.round(value * 10) / 10;
}
