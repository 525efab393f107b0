import type { Sync } from "@millrace/client";
import { type Paint, paintState } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { renderTime } from "../terminal/render-time.ts";
import { renderTable } from "../terminal/table.ts";
import { formatCount } from "./render-progress.ts";

const addressCharsMax = 60;

/**
 * One sync a line.
 *
 * @param addresses the mailboxes' addresses by their accounts' ids, where they are shown
 */
export function renderSyncs(
  syncs: readonly Sync[],
  paint: Paint,
  nowMs: number,
  addresses?: ReadonlyMap<string, string>,
): string {
  if (syncs.length === 0) return "There are none.\n";
  const rows = syncs.map((sync) => [
    sync.id,
    ...(addresses ? [printable(addresses.get(sync.accountId) ?? sync.accountId, addressCharsMax)] : []),
    paintState(paint, sync.status),
    sync.mode ?? sync.requestedMode ?? "",
    formatCount(sync.progress.settled),
    totalOf(sync),
    renderTime(sync.endedAt ?? sync.startedAt ?? sync.requestedAt, nowMs),
    hintOf(sync),
  ]);
  const head = ["SYNC", ...(addresses ? ["MAILBOX"] : []), "STATE", "MODE", "SETTLED", "OF", "", ""];
  return renderTable(head, rows, ["SETTLED", "OF"]);
}

function totalOf({ progress: { listed, listingComplete, estimatedTotal } }: Sync): string {
  if (listingComplete) return formatCount(listed);
  return estimatedTotal === null ? "?" : `~${formatCount(Math.max(estimatedTotal, listed))}`;
}

function hintOf({ status, progress, ledger, paused, trouble, failure }: Sync): string {
  if (failure) return failure.category;
  if (paused) return `paused: ${paused.reason}`;
  if (status === "partial") return `${formatCount(ledger.deadLettered || progress.deadLettered)} set aside`;
  return trouble?.category ?? "";
}
