import type { Sync } from "@millrace/client";
import { type Paint, paintState } from "../terminal/paint.ts";
import { renderTime } from "../terminal/render-time.ts";
import { renderTable } from "../terminal/table.ts";
import { formatCount } from "./render-progress.ts";

/** One sync a line. */
export function renderSyncs(syncs: readonly Sync[], paint: Paint, nowMs: number): string {
  if (syncs.length === 0) return "There are none.\n";
  const rows = syncs.map((sync) => [
    sync.id,
    paintState(paint, sync.status),
    sync.mode ?? sync.requestedMode ?? "",
    formatCount(sync.progress.settled),
    totalOf(sync),
    renderTime(sync.endedAt ?? sync.startedAt ?? sync.requestedAt, nowMs),
    hintOf(sync),
  ]);
  return renderTable(["SYNC", "STATE", "MODE", "SETTLED", "OF", "", ""], rows, ["SETTLED", "OF"]);
}

function totalOf({ progress: { listed, listingComplete, estimatedTotal } }: Sync): string {
  if (listingComplete) return formatCount(listed);
  return estimatedTotal === null ? "?" : `~${formatCount(Math.max(estimatedTotal, listed))}`;
}

const hintOf = ({ paused, trouble, failure }: Sync): string =>
  failure?.category ?? (paused ? `paused: ${paused.reason}` : (trouble?.category ?? ""));
