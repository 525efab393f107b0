import { type Account, consentEndsSoon, consentHasEnded } from "@millrace/client";
import { formatCount } from "../syncs/render-progress.ts";
import { type Paint, paintState } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { renderTime } from "../terminal/render-time.ts";
import { renderFields } from "../terminal/table.ts";
import { type AccountDetails, openLettersMax } from "./read-account.ts";

const wordsMax = 300;
const adviceCharsMax = 1_000;

/** A mailbox in lines, and what to do where something is to be done. */
export function renderAccount(details: AccountDetails, paint: Paint, nowMs: number): string {
  const { account } = details;
  const { id, email, status, reauth, consentEndsAt, lastSyncedAt, activeSyncId, hold } = account;
  const paintEnd = consentEndsSoon(account, nowMs) ? paint.warning : (text: string) => text;
  const fields = renderFields([
    ["mailbox", printable(email, wordsMax)],
    ["account", id],
    ["state", paintState(paint, status)],
    [
      "refused",
      reauth === null ? null : `${renderTime(reauth.since, nowMs)}: ${printable(reauth.message, wordsMax)}`,
    ],
    [
      consentHasEnded(account, nowMs) ? "consent ended" : "consent ends",
      consentEndsAt === null ? null : paintEnd(renderTime(consentEndsAt, nowMs)),
    ],
    [
      "held",
      hold === null
        ? null
        : paint.warning(`${renderTime(hold.since, nowMs)}: ${printable(hold.reason, wordsMax)}`),
    ],
    ["last synced", renderTime(lastSyncedAt, nowMs)],
    ["under way", activeSyncId ?? "nothing"],
    ["newest copy by", newestOf(details)],
    ["set aside", setAsideOf(details, paint)],
    ["next run", nextRunOf(account, nowMs)],
    ["keeps", `content ${account.content}, attachments ${account.attachments}`],
    ["complete to", account.watermark],
    ["connected", renderTime(account.createdAt, nowMs)],
  ]);
  return `${fields}${adviceOf(details, nowMs)}`;
}

/** What `complete to` came from; it may have left out messages that were set aside. */
function newestOf({ account: { lastSyncId }, lastSync }: AccountDetails): string | null {
  if (lastSyncId === null || lastSync === null) return lastSyncId;
  const { status, ledger } = lastSync;
  return status === "partial"
    ? `${lastSyncId}, partial: without ${formatCount(ledger.deadLettered)} of ${formatCount(ledger.listed)} messages`
    : `${lastSyncId}, ${status}`;
}

function setAsideOf({ openLetters }: AccountDetails, paint: Paint): string | null {
  if (openLetters === 0) return null;
  const count = `${formatCount(openLetters)}${openLetters >= openLettersMax ? " or more" : ""}`;
  return paint.warning(`${count} ${openLetters === 1 ? "message" : "messages"}`);
}

/** Nobody looks at a mailbox that refuses us, whatever its schedule says. */
function nextRunOf(account: Account, nowMs: number): string {
  const { status, nextRunAt } = account;
  if (status === "reauth_required") return `after it is connected again (${scheduleOf(account)})`;
  return `${renderTime(nextRunAt, nowMs)} (${scheduleOf(account)})`;
}

function adviceOf({ account, openLetters }: AccountDetails, nowMs: number): string {
  const { email, status, lastSyncedAt, activeSyncId } = account;
  const lines = [
    ...(status === "reauth_required"
      ? [
          `The provider refuses the mailbox: \`millrace connect ${email}\` connects it again; paused syncs then go on.`,
        ]
      : []),
    ...(consentEndsSoon(account, nowMs)
      ? [
          consentHasEnded(account, nowMs)
            ? `The consent to the mailbox has ended: \`millrace connect ${email}\` connects it again; its next sync pauses until then.`
            : `The consent to the mailbox ends soon: \`millrace connect ${email}\` connects it again, before its syncs pause.`,
        ]
      : []),
    ...(status === "connected" && lastSyncedAt === null && activeSyncId === null
      ? [`It was never synced: \`millrace sync ${email} --watch\`.`]
      : []),
    ...(openLetters > 0
      ? [
          `\`millrace dead-letters ls --account ${email}\` says why messages were set aside, ` +
            `\`millrace dead-letters redrive --account ${email} --watch\` tries them again.`,
        ]
      : []),
  ].map((line) => printable(line, adviceCharsMax));
  return lines.length === 0 ? "" : `\n${lines.join("\n")}\n`;
}

function scheduleOf({ schedule }: Account): string {
  if (schedule.kind === "interval") return `every ${schedule.seconds} s`;
  if (schedule.kind === "cron") return `${schedule.expression}, ${schedule.timeZone}`;
  return schedule.kind;
}
