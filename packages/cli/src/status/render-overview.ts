import type { Overview } from "@millrace/client";
import { formatCount, formatDuration } from "../syncs/render-progress.ts";
import type { Paint } from "../terminal/paint.ts";
import { renderTime } from "../terminal/render-time.ts";
import { renderFields } from "../terminal/table.ts";

/**
 * How things are, in lines, and what to do where something is to be done.
 *
 * @param isOperator of all tenants: their syncs and mailboxes are shown to their own keys only
 */
export function renderOverview(
  overview: Overview,
  paint: Paint,
  nowMs: number,
  { isOperator = false } = {},
): string {
  const { lanes, quota } = overview;
  const fields = renderFields([
    ["syncs", syncsOf(overview, paint)],
    ["last day", endedOf(overview, paint)],
    ["messages", paceOf(overview)],
    ["picked up", pickupOf(overview)],
    ["waiting", lanes.map(laneOf).join(", ")],
    ["mailboxes", accountsOf(overview, paint)],
    ["oldest copy", oldestOf(overview, paint, nowMs)],
    ["quota", quotaOf(quota)],
  ]);
  return `${fields}${adviceOf(isOperator ? operatorLines(overview) : tenantLines(overview), paint)}`;
}

const counted = (count: number, what: string): string => `${formatCount(count)} ${what}`;
const coloured = (count: number, text: string, style: (text: string) => string): string =>
  count > 0 ? style(text) : text;

function syncsOf({ syncs }: Overview, paint: Paint): string {
  const { requested, queued, running, paused, failing } = syncs;
  return [
    coloured(running, counted(running, "running"), paint.good),
    counted(requested + queued, "waiting"),
    coloured(paused, counted(paused, "paused"), paint.warning),
    coloured(failing, counted(failing, "failing"), paint.bad),
  ].join(", ");
}

/** What was a minute's mean is not told as if it were now: where nothing runs, nothing comes. */
function paceOf({ messagesPerSecond: pace, syncs: { running } }: Overview): string {
  const told = `${pace >= 10 ? formatCount(Math.round(pace)) : pace.toFixed(1)} a second over the last minute`;
  if (running > 0) return told;
  return pace > 0 ? `none now, ${told}` : "none now";
}

/** A mailbox without a copy has no age, and is worse than an old one. */
function oldestOf({ accounts }: Overview, paint: Paint, nowMs: number): string | null {
  const { connected, neverSynced = 0, oldestSyncedAt } = accounts;
  if (connected === 0) return null;
  const never = neverSynced > 0 ? [paint.warning(counted(neverSynced, "never synced"))] : [];
  const oldest = oldestSyncedAt === null ? [] : [`synced ${renderTime(oldestSyncedAt, nowMs)}`];
  return [...oldest, ...never].join(", ");
}

function endedOf({ syncs: { endedLastDay } }: Overview, paint: Paint): string {
  const { completed, partial, failed, cancelled } = endedLastDay;
  return [
    counted(completed, "completed"),
    ...(partial > 0 ? [paint.warning(counted(partial, "partial"))] : []),
    coloured(failed, counted(failed, "failed"), paint.bad),
    ...(cancelled > 0 ? [counted(cancelled, "cancelled")] : []),
  ].join(", ");
}

function pickupOf({ pickup: { count, medianMs, p95Ms } }: Overview): string {
  if (count === 0 || medianMs === null || p95Ms === null) return "nothing within the last hour";
  return `within ${formatMs(medianMs)} in the middle, ${formatMs(p95Ms)} for 95 of 100 (last hour)`;
}

const formatMs = (ms: number): string =>
  ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;

function laneOf({ lane, waiting, oldestSeconds }: Overview["lanes"][number]): string {
  const age =
    waiting === 0 || oldestSeconds === null ? "" : ` (the oldest for ${formatDuration(oldestSeconds)})`;
  return `${counted(waiting, `${waiting === 1 ? "chunk" : "chunks"} ${lane}`)}${age}`;
}

function accountsOf({ accounts }: Overview, paint: Paint): string {
  const { connected, reauthRequired, removing, watched, watchesLapsed } = accounts;
  return [
    counted(connected, "connected"),
    ...(reauthRequired > 0 ? [paint.warning(counted(reauthRequired, "to be connected again"))] : []),
    ...(removing > 0 ? [counted(removing, "being removed")] : []),
    counted(watched, "watched"),
    ...(watchesLapsed > 0 ? [paint.warning(counted(watchesLapsed, "watches lapsed"))] : []),
  ].join(", ");
}

function quotaOf(quota: Overview["quota"]): string | null {
  if (quota === null) return null;
  const { unitsPerMinute, usedLastMinute } = quota;
  if (unitsPerMinute === null || usedLastMinute === null) return "not known while the broker does not answer";
  const share = Math.round((usedLastMinute / unitsPerMinute) * 100);
  return `${formatCount(Math.round(usedLastMinute))} of ${formatCount(unitsPerMinute)} units in the last minute (${share} %)`;
}

const adviceOf = (lines: readonly string[], paint: Paint): string =>
  lines.length === 0 ? "" : `\n${lines.map((line) => `${paint.warning("→")} ${line}\n`).join("")}`;

/** The command says whose it is, and how to look closer. */
function operatorLines({ deadLetters, accounts, syncs }: Overview): string[] {
  const troubles = [syncs.failing, syncs.endedLastDay.failed, deadLetters.open, accounts.reauthRequired];
  return troubles.some((count) => count > 0)
    ? ["`millrace tenants --having trouble` says whose syncs fail, and what else needs somebody."]
    : [];
}

function tenantLines({ deadLetters, accounts, syncs }: Overview): string[] {
  const { open } = deadLetters;
  return [
    ...(syncs.failing > 0
      ? ["`millrace status SYNC` says what a failing sync meets, and when it is tried again."]
      : []),
    ...(accounts.reauthRequired > 0
      ? ["`millrace accounts ls --status reauth_required` shows which mailboxes have to be connected again."]
      : []),
    ...(open > 0
      ? [
          `${counted(open, open === 1 ? "message is" : "messages are")} set aside: \`millrace dead-letters ls\`.`,
        ]
      : []),
    ...(accounts.watchesLapsed > 0
      ? ["Watches have lapsed, polls find changes meanwhile: `millrace doctor`."]
      : []),
  ];
}
