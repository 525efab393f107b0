import { handledOf, type Sync, totalOf } from "@millrace/client";
import { type Paint, paintState } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { renderTime } from "../terminal/render-time.ts";
import { renderTable } from "../terminal/table.ts";
import { formatCount } from "./render-progress.ts";

const addressCharsMax = 60;

interface SyncsShown {
  /** The mailboxes' addresses by their accounts' ids, where they are shown. */
  readonly addresses?: ReadonlyMap<string, string>;
  /** Of the terminal. */
  readonly columns?: number | undefined;
}

/** One sync a line. */
export function renderSyncs(
  syncs: readonly Sync[],
  paint: Paint,
  nowMs: number,
  { addresses, columns }: SyncsShown = {},
): string {
  if (syncs.length === 0) return "There are no syncs.\n";
  const rows = syncs.map((sync) => [
    sync.id,
    ...(addresses ? [printable(addresses.get(sync.accountId) ?? sync.accountId, addressCharsMax)] : []),
    paintState(paint, sync.status),
    sync.mode ?? sync.requestedMode ?? "",
    formatCount(handledOf(sync.progress)),
    totalText(sync),
    renderTime(sync.endedAt ?? sync.startedAt ?? sync.requestedAt, nowMs),
    hintOf(sync),
  ]);
  const head = ["SYNC", ...(addresses ? ["MAILBOX"] : []), "STATE", "MODE", "HANDLED", "OF", "WHEN", ""];
  return renderTable(head, rows, { right: ["HANDLED", "OF"], columns });
}

function totalText(sync: Sync): string {
  const { total, isEstimate } = totalOf(sync);
  return total === null ? "?" : `${isEstimate ? "~" : ""}${formatCount(total)}`;
}

function hintOf({ status, progress, ledger, paused, trouble, failure }: Sync): string {
  if (failure) return failure.category;
  if (paused) return `paused: ${paused.reason}`;
  if (status === "partial") return `${formatCount(ledger.deadLettered || progress.deadLettered)} set aside`;
  return trouble?.category ?? "";
}
