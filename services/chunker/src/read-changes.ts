import type { NetChange } from "@millrace/shared/events/message-change";
import type { ProviderResult, ProviderSession } from "@millrace/shared/providers/mail-provider";
import { coalesceChanges } from "@millrace/shared/steps/coalesce-changes";

/** A page of changes holds this many messages, and the answer that made it full; memory and the log are bounded by it. */
const messagesMax = 1_000;
/** Answers that one page takes, whatever they hold: changes of few messages may fill many. */
const answersMax = 20;

/** What has happened since a watermark, as far as one page goes. */
export interface ChangesRead {
  readonly changes: ReadonlyMap<string, NetChange>;
  readonly nextPageToken: string | null;
  /** The mailbox's watermark before the first answer was made: what happened later may be missing in one of them. */
  readonly watermark: string;
}

/**
 * Reads what has changed in a mailbox, answer by answer with the same start, and takes the changes of each message
 * together.
 *
 * @param pageToken where the page before ended; null for the first
 */
export async function readChanges(
  session: ProviderSession,
  since: string,
  pageToken: string | null,
  { signal, progressed }: { readonly signal: AbortSignal; readonly progressed: () => void },
): Promise<ProviderResult<ChangesRead>> {
  let changes: ReadonlyMap<string, NetChange> = new Map();
  let watermark: string | null = null;
  let nextPageToken = pageToken;
  for (let answers = 0; answers < answersMax && changes.size < messagesMax; answers++) {
    const request = { since, ...(nextPageToken === null ? {} : { pageToken: nextPageToken }) };
    const answer = await session.listChanges(request, signal);
    // What was read is kept: among many answers one may always fail.
    if (!answer.ok && answers > 0) break;
    if (!answer.ok) return answer;
    progressed();
    changes = coalesceChanges(answer.value.changes, changes);
    watermark ??= answer.value.watermark;
    nextPageToken = answer.value.nextPageToken;
    if (nextPageToken === null) break;
  }
  return { ok: true, value: { changes, nextPageToken, watermark: watermark ?? since } };
}
