import { renderLedger } from "@millrace/cli/syncs/render-ledger";
import { formatCount, formatDuration } from "@millrace/cli/syncs/render-progress";
import type { DemoResult } from "./run-demo.ts";

/** The end of a demo's sync for a person: what was copied, how long it took, the ledger. */
export function describeDemo({ sync, seconds }: DemoResult): string {
  const { stored, unchanged, listed } = sync.ledger;
  const failure = sync.failure ? `\n  ${sync.failure.category}: ${sync.failure.message}` : "";
  const counted =
    listed === 0 ? "nothing new" : `${formatCount(stored + unchanged)} of ${formatCount(listed)} messages`;
  return `Sync ${sync.status}: ${counted} in ${seconds < 60 ? `${seconds.toFixed(1)} s` : formatDuration(seconds)}${failure}\n\n${renderLedger(sync)}\n`;
}

/** Whether the sync has ended with every listed message accounted for. */
export const isProven = ({ sync }: DemoResult): boolean =>
  sync.ledger.balanced && (sync.status === "completed" || sync.status === "partial");
