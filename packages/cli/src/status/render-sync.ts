import { hasEnded, missingMessagesOf, missingWords, type Sync } from "@millrace/client";
import { describeAttempt } from "../syncs/describe-attempt.ts";
import { describePause, hindranceText } from "../syncs/describe-pause.ts";
import { advanceProgress, unknownProgress } from "../syncs/progress-view.ts";
import { renderLedger } from "../syncs/render-ledger.ts";
import { formatDuration, renderProgressLine } from "../syncs/render-progress.ts";
import { type Paint, paintState } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { renderTime } from "../terminal/render-time.ts";
import { renderFields } from "../terminal/table.ts";

const wordsMax = 500;

/** One sync in lines: how far it is, what hinders it, its ledger, and what to do. */
export function renderSync(sync: Sync, paint: Paint, nowMs: number): string {
  const { id, accountId, status, mode, requestedMode, trigger, failure, traceId } = sync;
  const fields = renderFields([
    ["sync", id],
    ["account", accountId],
    ["state", paintState(paint, status)],
    [
      "mode",
      `${mode ?? requestedMode ?? "not decided yet"}${trigger === null ? "" : `, asked for by ${trigger}`}`,
    ],
    [
      "progress",
      renderProgressLine({ ...advanceProgress(unknownProgress, sync, nowMs), hindrance: null }, nowMs),
    ],
    ...hindrancesOf(sync, nowMs),
    ["failed", failure && paint.bad(`${failure.category}: ${printable(failure.message, wordsMax)}`)],
    ["requested", sync.requestedAt && renderTime(sync.requestedAt, nowMs)],
    ["started", sync.startedAt && renderTime(sync.startedAt, nowMs)],
    ["ended", sync.endedAt && renderTime(sync.endedAt, nowMs)],
    ["coalesced into", sync.coalescedInto],
    ["trace", traceId],
  ]);
  const ledgerText = hasEnded(sync) && status !== "coalesced" ? `\n${renderLedger(sync)}\n` : "";
  return `${fields}${ledgerText}${adviceOf(sync)}`;
}

/** What keeps a sync of a mailbox from getting on, in lines; nothing where nothing does. */
export function renderHindrances(sync: Sync, nowMs: number): string {
  const fields = renderFields(hindrancesOf(sync, nowMs));
  return fields === "" ? "" : `${sync.id}\n${fields.replaceAll(/^/gm, "  ").trimEnd()}\n`;
}

function hindrancesOf(sync: Sync, nowMs: number): (readonly [name: string, value: string | null])[] {
  const { trouble } = sync;
  const { nextAt = null } = trouble ?? {};
  const pause = describePause(sync);
  const missing = missingMessagesOf(sync);
  return [
    ["paused", pause && hindranceText(pause)],
    ["trouble", trouble && `${trouble.category}: ${printable(trouble.message, wordsMax)}`],
    ["missing", missing && missingWords(missing)],
    ["attempts", trouble && attemptsOf(trouble, nowMs)],
    ["tried again", nextAt && (Date.parse(nextAt) > nowMs ? renderTime(nextAt, nowMs) : "at any moment")],
  ];
}

/** For how long nothing has come of it, and when it ends. */
function attemptsOf(trouble: NonNullable<Sync["trouble"]>, nowMs: number): string | null {
  const attempt = describeAttempt(trouble);
  const seconds = (nowMs - Date.parse(trouble.since)) / 1_000;
  return attempt === null ? null : `${attempt}; nothing has got on for ${formatDuration(seconds)}`;
}

function adviceOf({ id, status, accountId, paused, coalescedInto, progress }: Sync): string {
  if (progress.redriving > 0)
    return `\nDead letters of it are being tried again: \`millrace watch ${id}\` shows what becomes of them.\n`;
  const advice: Readonly<Record<string, string>> = {
    running: `\`millrace watch ${id}\` shows it until its end, \`millrace pause ${id}\` pauses it.`,
    paused:
      paused?.reason === "consent_lost"
        ? `\`millrace connect ${accountId}\` connects the mailbox again; then it goes on by itself.`
        : `\`millrace resume ${id}\` resumes it.`,
    partial: `\`millrace dead-letters ls --sync ${id}\` shows what was set aside, \`millrace retry ${id}\` tries it again.`,
    failed: `\`millrace retry ${id}\` asks for a new one in its place.`,
    coalesced: `\`millrace watch ${coalescedInto}\` shows the one that does its work.`,
  };
  const text = advice[status];
  return text === undefined ? "" : `\n${text}\n`;
}
