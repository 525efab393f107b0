import type { MailMessage } from "../../mail/mail-message.ts";
import type { ProviderResult } from "../mail-provider.ts";
import { partBytesMax } from "./batch-request.ts";
import { fetchSingly } from "./fetch-singly.ts";
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
 * A text that is not found does not make the message "gone": messages.get is asked whether it is, and for the
 * attachment ids of now, which are other ones in every answer.
 *
 * @throws `signal.reason` when aborted; nothing else
 */
export async function fillMissingText(
  calls: GmailCalls,
  token: string,
  id: string,
  reading: Incomplete,
  signal: AbortSignal | undefined,
): Promise<ProviderResult<MailMessage>> {
  const filled = await fill(calls, token, id, reading, signal);
  if (filled.ok || filled.fault.category !== "gone") return filled;
  for await (const { reading: now } of fetchSingly(calls, token, [id], "full", signal)) {
    if (now.kind === "message") return { ok: true, value: now.message };
    if (now.kind === "fault") return { ok: false, fault: calls.classify(now.seen, token) };
    const again = await fill(calls, token, id, now, signal);
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
  signal: AbortSignal | undefined,
): Promise<ProviderResult<MailMessage>> {
  for (const missing of reading.missing.slice(0, missingTextsMax)) {
    const data = await fetchData(calls, token, id, missing.attachmentId, signal);
    if (!data.ok) return data;
    missing.fill(data.value);
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
