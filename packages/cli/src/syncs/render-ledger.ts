import type { Sync } from "@millrace/client";
import { formatCount } from "./render-progress.ts";

/**
 * The ledger of a sync that has ended as a small table, with the line that says whether it balances: of one that was cut
 * short, that it says nothing of the rest of the mailbox.
 */
export function renderLedger({ ledger, status }: Pick<Sync, "ledger" | "status">): string {
  const rows: [string, number][] = [
    ["listed", ledger.listed],
    ["stored", ledger.stored],
    ["unchanged", ledger.unchanged],
    ["gone", ledger.gone],
    ["dead-lettered", ledger.deadLettered],
  ];
  const width = Math.max(...rows.map(([, value]) => formatCount(value).length));
  const lines = rows.map(([name, value]) => `  ${name.padEnd(14)} ${formatCount(value).padStart(width)}`);
  const settled = ledger.stored + ledger.unchanged + ledger.gone + ledger.deadLettered;
  const isCutShort = status === "cancelled" || status === "failed";
  const verdict = isCutShort
    ? "It was cut short, so the mailbox may hold more; what is stored stays."
    : ledger.balanced
      ? "The ledger balances: every listed message is accounted for."
      : `The ledger does not balance: ${formatCount(ledger.listed)} listed, ${formatCount(settled)} accounted for.`;
  return [...lines, `  ${verdict}`].join("\n");
}
