import type { MailMessage } from "../../mail/mail-message.ts";
import type { ByteLease } from "../byte-budget.ts";
import type { ProviderResult } from "../mail-provider.ts";
import { ordinaryBytesMax, partBytesMax } from "./batch-request.ts";
import { DataFieldDecoder, DataFieldError } from "./data-field-decoder.ts";
import { fetchSingly } from "./fetch-singly.ts";
import type { GmailCalls } from "./gmail-calls.ts";
import { AnswerTooLongError, readWhole, type StreamedAnswer } from "./http-transport.ts";
import { observeAnswer } from "./observe-fault.ts";
import type { MessageReading } from "./read-message-answer.ts";

/** Long texts of one message that are fetched; each is a call. More is noted as a defect by the parser. */
const missingTextsMax = 20;

/**
 * Fetches the body texts that Gmail gives by attachmentId only
 * (https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages.attachments/get), one after
 * the other, and finishes the message. A fault of one of them is the message's: it is fetched again as a whole.
 * A text that is not found does not make the message "gone": messages.get is asked whether it is, and for the
 * attachment ids of now, which are other ones in every answer.
 *
 * @param lease holds what has come of long texts; the caller releases it
 * @throws `signal.reason` when aborted; nothing else
 */
export async function fillMissingText(
  calls: GmailCalls,
  token: string,
  id: string,
  reading: Incomplete,
  lease: ByteLease,
  signal: AbortSignal | undefined,
): Promise<ProviderResult<MailMessage>> {
  const filled = await fill(calls, token, id, reading, lease, signal);
  if (filled.ok || filled.fault.category !== "gone") return filled;
  for await (const { reading: now } of fetchSingly(calls, token, [id], "full", signal, () => lease)) {
    if (now.kind === "message") return { ok: true, value: now.message };
    if (now.kind === "fault") return { ok: false, fault: calls.classify(now.seen, token) };
    const again = await fill(calls, token, id, now, lease, signal);
    if (again.ok || again.fault.category !== "gone") return again;
  }
  return { ok: false, fault: calls.classify(withheld, token) };
}

type Incomplete = Extract<MessageReading, { kind: "incomplete" }>;

/** Asking a third time would not end: the message is set aside, and nothing of it is lost silently. */
const withheld = {
  where: "attachment",
  status: 404,
  isBadItem: true,
  message: "Gmail names a text of this message and does not give it.",
} as const;

async function fill(
  calls: GmailCalls,
  token: string,
  id: string,
  reading: Incomplete,
  lease: ByteLease,
  signal: AbortSignal | undefined,
): Promise<ProviderResult<MailMessage>> {
  let filledBytes = 0;
  for (const missing of reading.missing.slice(0, missingTextsMax)) {
    const before = filledBytes;
    const hold = async (bytes: number): Promise<void> => {
      if (before + bytes > ordinaryBytesMax) await lease.hold(before + bytes, signal);
    };
    const content = await fetchContent(calls, token, id, missing.attachmentId, hold, signal);
    if (!content.ok) return content;
    missing.fill(content.value);
    filledBytes += content.value.length;
  }
  return { ok: true, value: reading.finish() };
}

/** @param hold is told how much has come, and waits until there is room for more */
async function fetchContent(
  calls: GmailCalls,
  token: string,
  id: string,
  attachmentId: string,
  hold: (bytes: number) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<ProviderResult<Buffer>> {
  const spent = await calls.spend("getAttachment", 1, signal);
  if (!spent.ok) return spent;
  try {
    const url = new URL(calls.attachmentPath(id, attachmentId), calls.options.rootUrl).href;
    const streamed = await calls.transport.send({
      method: "GET",
      url,
      headers: calls.headers(token),
      signal,
    });
    if (streamed.status === 200) return { ok: true, value: await decodeContent(streamed, hold) };
    const answer = await readWhole(streamed, partBytesMax);
    return { ok: false, fault: calls.classify(observeAnswer("attachment", answer), token) };
  } catch (error) {
    signal?.throwIfAborted();
    const seen =
      error instanceof DataFieldError
        ? ({ where: "attachment", status: 200, isMalformed: true } as const)
        : calls.observeThrown("attachment", error);
    return { ok: false, fault: calls.classify(seen, token) };
  }
}

/** Decodes while it arrives, so that a text of megabytes never exists as base64, neither in bytes nor in a string. */
async function decodeContent(
  answer: StreamedAnswer,
  hold: (bytes: number) => Promise<void>,
): Promise<Buffer> {
  const decoder = new DataFieldDecoder();
  const decoded: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer.chunks) {
    length += chunk.length;
    if (length > partBytesMax) throw new AnswerTooLongError(`More than ${partBytesMax} bytes.`);
    decoded.push(...decoder.push(chunk));
    await hold(length);
  }
  return Buffer.concat([...decoded, decoder.end()]);
}
