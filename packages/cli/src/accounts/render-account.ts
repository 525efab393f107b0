import type { Account } from "@millrace/client";
import { type Paint, paintState } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { renderTime } from "../terminal/render-time.ts";
import { renderFields } from "../terminal/table.ts";

const wordsMax = 300;

/** A mailbox in lines, and what to do where something is to be done. */
export function renderAccount(account: Account, paint: Paint, nowMs: number): string {
  const { id, email, status, reauth, lastSyncedAt, activeSyncId, lastSyncId, nextRunAt, hold } = account;
  const fields = renderFields([
    ["mailbox", printable(email, wordsMax)],
    ["account", id],
    ["state", paintState(paint, status)],
    [
      "refused",
      reauth === null ? null : `${renderTime(reauth.since, nowMs)}: ${printable(reauth.message, wordsMax)}`,
    ],
    [
      "held",
      hold === null
        ? null
        : paint.warning(`${renderTime(hold.since, nowMs)}: ${printable(hold.reason, wordsMax)}`),
    ],
    ["last synced", renderTime(lastSyncedAt, nowMs)],
    ["under way", activeSyncId ?? "nothing"],
    ["newest whole sync", lastSyncId],
    ["next run", `${renderTime(nextRunAt, nowMs)} (${scheduleOf(account)})`],
    ["keeps", `content ${account.content}, attachments ${account.attachments}`],
    ["complete to", account.watermark],
    ["connected", renderTime(account.createdAt, nowMs)],
  ]);
  return `${fields}${adviceOf(account)}`;
}

function adviceOf({ email, status, lastSyncedAt, activeSyncId }: Account): string {
  if (status === "reauth_required")
    return `\nThe provider refuses the mailbox: \`millrace connect ${email}\` connects it again; paused syncs then go on.\n`;
  if (status === "connected" && lastSyncedAt === null && activeSyncId === null)
    return `\nIt was never synced: \`millrace sync ${email} --watch\`.\n`;
  return "";
}

function scheduleOf({ schedule }: Account): string {
  if (schedule.kind === "interval") return `every ${schedule.seconds} s`;
  if (schedule.kind === "cron") return `${schedule.expression}, ${schedule.timeZone}`;
  return schedule.kind;
}
