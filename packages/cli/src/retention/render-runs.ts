import type { RetentionRun } from "@millrace/client";
import { formatCount, formatDuration } from "../syncs/render-progress.ts";
import { type Paint, paintState } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { renderTime } from "../terminal/render-time.ts";
import { renderTable } from "../terminal/table.ts";

const wordsMax = 200;

/** One run a line. */
export function renderRuns(runs: readonly RetentionRun[], paint: Paint, nowMs: number): string {
  if (runs.length === 0) return "There are none.\n";
  const rows = runs.map((run) => [
    run.task,
    run.dryRun ? "dry run" : "run",
    paintState(paint, run.state),
    run.tenantId ?? "everybody",
    renderTime(run.startedAt ?? run.requestedAt, nowMs),
    tookOf(run),
    describeRun(run),
  ]);
  return renderTable(["TASK", "KIND", "STATE", "OF", "WHEN", "TOOK", "REMOVED"], rows, ["TOOK"]);
}

/** What it has removed, or would, or why it failed: "1,204 messages, 12.3 MB". Kinds are called as the API calls them. */
export function describeRun({ removed, bytes, failure, dryRun, state }: RetentionRun): string {
  const counts = Object.entries(removed)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${formatCount(count)} ${printable(kind, wordsMax)}`);
  const parts = [...counts, ...(bytes > 0 ? [formatBytes(bytes)] : [])].join(", ");
  const what = parts === "" ? (state === "completed" ? "nothing" : "") : dryRun ? `would be ${parts}` : parts;
  return [what, failure === null ? "" : printable(failure, wordsMax)]
    .filter((text) => text !== "")
    .join("; ");
}

const tookOf = ({ startedAt, endedAt }: RetentionRun): string =>
  startedAt === null || endedAt === null ? "" : formatTook(Date.parse(endedAt) - Date.parse(startedAt));

const formatTook = (ms: number): string => (ms < 1_000 ? `${ms} ms` : formatDuration(ms / 1_000));

function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
