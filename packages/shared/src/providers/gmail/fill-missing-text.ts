import type { MailMessage } from "../../mail/mail-message.ts";
import type { ProviderResult } from "../mail-provider.ts";
import { partBytesMax } from "./batch-request.ts";
import type { GmailCalls } from "./gmail-calls.ts";
import { readWhole } from "./http-transport.ts";
import { isRecord, textAt } from "./json-access.ts";
import { observeAnswer } from "./observe-fault.ts";
import type { MessageReading } from "./read-message-answer.ts";

/** Long texts of one message that are fetched; each is a call. More is noted as a defect by the parser. */
const missingTextsMax = 20;

/**
 * Fetches the body texts that Gmail gives by attachmentId only
 * (https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages.attachments/get), one after
 * the other, and finishes the message. A fault of one of them is the message's: it is fetched again as a whole.
 * A text that is not found does not make the message "gone": its next messages.get says whether it is.
 *
 * @throws `signal.reason` when aborted; nothing else
 */
export async function fillMissingText(
  calls: GmailCalls,
  token: string,
  id: string,
  reading: Extract<MessageReading, { kind: "incomplete" }>,
  signal: AbortSignal | undefined,
): Promise<ProviderResult<MailMessage>> {
  for (const { attachmentId, fill } of reading.missing.slice(0, missingTextsMax)) {
    const data = await fetchData(calls, token, id, attachmentId, signal);
    if (!data.ok) return data;
    fill(data.value);
  }
  return { ok: true, value: reading.finish() };
}

async function fetchData(
  calls: GmailCalls,
  token: string,
  id: string,
  attachmentId: string,
  signal: AbortSignal | undefined,
): Promise<ProviderResult<string>> {
  try {
    const url = new URL(calls.attachmentPath(id, attachmentId), calls.options.rootUrl).href;
    const streamed = await calls.transport.send({
      method: "GET",
      url,
      headers: calls.headers(token),
      signal,
    });
    const answer = await readWhole(streamed, partBytesMax);
    const json: unknown = answer.status === 200 ? parseJson(answer.body) : null;
    const data = isRecord(json) ? textAt(json, "data") : null;
    if (data !== null) return { ok: true, value: data };
    return { ok: false, fault: calls.classify(observeAnswer("attachment", answer), token) };
  } catch (error) {
    signal?.throwIfAborted();
    return { ok: false, fault: calls.classify(calls.observeThrown("attachment", error), token) };
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
}
