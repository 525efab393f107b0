import { besideLedger, type Sync } from "@millrace/client";
import { formatCount } from "./render-progress.ts";

/**
 * The ledger of a sync that has ended as a small table, with the line that says whether it balances: of one that was cut
 * short, that it says nothing of the rest of the mailbox. What that one had done in chunks that were open, and has left behind,
 * stands beside the ledger's own numbers.
 */
export function renderLedger(sync: Pick<Sync, "ledger" | "status" | "progress">): string {
  const { ledger, status } = sync;
  const isCutShort = status === "cancelled" || status === "failed";
  const { handled, left } = besideLedger(sync);
  const rows: [string, number][] = [
    ["listed", ledger.listed],
    ["stored", ledger.stored],
    ["unchanged", ledger.unchanged],
    ["gone", ledger.gone],
    ["dead-lettered", ledger.deadLettered],
  ];
  if (isCutShort && handled > 0) rows.push(["done in open chunks", handled]);
  if (isCutShort && left > 0) rows.push(["left behind", left]);
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const width = Math.max(...rows.map(([, value]) => formatCount(value).length));
  const lines = rows.map(
    ([name, value]) => `  ${name.padEnd(nameWidth)}  ${formatCount(value).padStart(width)}`,
  );
  const settled = ledger.stored + ledger.unchanged + ledger.gone + ledger.deadLettered;
  const verdict = isCutShort
    ? "It was cut short, so the mailbox may hold more; what is stored stays."
    : ledger.balanced
      ? "The ledger balances: every listed message is accounted for."
      : `The ledger does not balance: ${formatCount(ledger.listed)} listed, ${formatCount(settled)} accounted for.`;
  return [...lines, `  ${verdict}`].join("\n");
}
