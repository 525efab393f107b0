import type { RetentionRun } from "@millrace/client";
import { formatCount, formatDuration } from "../syncs/render-progress.ts";
import { formatBytes } from "../terminal/format-bytes.ts";
import { type Paint, paintState } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { renderTime } from "../terminal/render-time.ts";
import { renderTable } from "../terminal/table.ts";

const wordsMax = 200;

/** One run a line. */
export function renderRuns(
  runs: readonly RetentionRun[],
  paint: Paint,
  nowMs: number,
  columns?: number,
): string {
  if (runs.length === 0) return "No run has removed anything yet.\n";
  const rows = runs.map((run) => [
    run.task,
    run.dryRun ? "dry run" : "run",
    paintState(paint, run.state),
    run.tenantId ?? "everybody",
    askerOf(run),
    renderTime(run.startedAt ?? run.requestedAt, nowMs),
    tookOf(run),
    describeRun(run),
  ]);
  return renderTable(["TASK", "KIND", "STATE", "OF", "BY", "WHEN", "TOOK", "REMOVED"], rows, {
    right: ["TOOK"],
    columns,
  });
}

/** Only operators ask for everybody. */
const askerOf = ({ askedBy, tenantId }: RetentionRun): string =>
  askedBy === null ? "schedule" : tenantId === null ? "operator" : "tenant";

/** What it has removed, or would, or why it failed: "1,204 messages, 12.3 MB". Kinds are called as the API calls them. */
export function describeRun({ removed, bytes, failure, dryRun, state, isDone }: RetentionRun): string {
  const counts = Object.entries(removed)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${formatCount(count)} ${printable(kind, wordsMax)}`);
  const parts = [...counts, ...(bytes > 0 ? [formatBytes(bytes)] : [])].join(", ");
  const what =
    parts === ""
      ? state === "completed"
        ? dryRun
          ? "would be nothing"
          : "nothing"
        : ""
      : dryRun
        ? `would be ${parts}`
        : parts;
  const more = state === "completed" && !dryRun && !isDone ? "more is due: the next run goes on" : "";
  return [what, more, failure === null ? "" : printable(failure, wordsMax)]
    .filter((text) => text !== "")
    .join("; ");
}

const tookOf = ({ startedAt, endedAt }: RetentionRun): string =>
  startedAt === null || endedAt === null ? "" : formatTook(Date.parse(endedAt) - Date.parse(startedAt));

const formatTook = (ms: number): string => (ms < 1_000 ? `${ms} ms` : formatDuration(ms / 1_000));
