import { DefectList } from "../../mail/defect-list.ts";
import type { MimePart } from "../../mail/mime-part.ts";
import type { AttachmentName, ProviderFault, ProviderResult } from "../mail-provider.ts";
import { ProviderFaultError } from "../provider-fault-error.ts";
import { askGmail, MalformedAnswerError } from "./ask-gmail.ts";
import { partBytesMax } from "./batch-request.ts";
import { DataFieldDecoder, DataFieldError } from "./data-field-decoder.ts";
import type { GmailCalls } from "./gmail-calls.ts";
import { readGmailTree } from "./gmail-mime-tree.ts";
import { AnswerTooLongError, readWhole, type StreamedAnswer } from "./http-transport.ts";
import { isRecord, recordAt } from "./json-access.ts";

type Content = AsyncIterable<Uint8Array>;

/**
 * Asks for an attachment's content
 * (https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages.attachments/get) and decodes it
 * as it arrives: memory holds a read buffer, whatever it weighs. Attachment ids are other ones in every answer and
 * get old: when the one at hand is refused, messages.get is asked for the part's id of now, once.
 *
 * @throws `signal.reason` when aborted, and what the token vault throws; the content throws ProviderFaultError
 */
export async function fetchAttachment(
  calls: GmailCalls,
  messageId: string,
  { partId, providerAttachmentId }: AttachmentName,
  signal: AbortSignal | undefined,
): Promise<ProviderResult<Content>> {
  if (providerAttachmentId !== null) {
    const content = await askForContent(calls, messageId, providerAttachmentId, signal);
    if (content.ok || !isRefused(content.fault)) return content;
  }
  const found = await findPart(calls, messageId, partId, signal);
  if (!found.ok) return found;
  const part = found.value;
  if (part === null) return { ok: false, fault: calls.classify(noSuchPart, "") };
  const inline = part.content();
  if (inline !== null) return { ok: true, value: once(inline) };
  if (part.providerAttachmentId === null) return { ok: false, fault: calls.classify(withheld, "") };
  const content = await askForContent(calls, messageId, part.providerAttachmentId, signal);
  return content.ok || !isRefused(content.fault)
    ? content
    : { ok: false, fault: calls.classify(withheld, "") };
}

/** The id is not known (any more), or the message is gone: messages.get tells which. */
const isRefused = ({ status, category }: ProviderFault): boolean =>
  status === 404 || (status === 400 && (category === "unknown" || category === "bad_item"));

const noSuchPart = {
  where: "attachment",
  status: 404,
  errorReasons: ["notFound"],
  message: "The message has no such part.",
} as const;

const withheld = {
  where: "attachment",
  status: 404,
  isBadItem: true,
  message: "Gmail names this attachment and does not give it.",
} as const;

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function askForContent(
  calls: GmailCalls,
  messageId: string,
  attachmentId: string,
  signal: AbortSignal | undefined,
): Promise<ProviderResult<Content>> {
  const path = calls.attachmentPath(messageId, attachmentId);
  const asked = await askGmail(calls, "getAttachment", signal, async (token) => ({
    token,
    answer: await get(calls, path, token, signal),
  }));
  if (!asked.ok) return asked;
  return { ok: true, value: decode(calls, asked.value.answer, asked.value.token, signal) };
}

async function* decode(
  calls: GmailCalls,
  answer: StreamedAnswer,
  token: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const decoder = new DataFieldDecoder();
  let length = 0;
  try {
    for await (const chunk of answer.chunks) {
      length += chunk.length;
      if (length > partBytesMax) throw new AnswerTooLongError(`More than ${partBytesMax} bytes.`);
      yield* decoder.push(chunk);
    }
    const last = decoder.end();
    if (last.length > 0) yield last;
  } catch (error) {
    signal?.throwIfAborted();
    const seen =
      error instanceof DataFieldError
        ? ({ where: "attachment", status: 200, isMalformed: true, message: error.message } as const)
        : calls.observeThrown("attachment", error);
    throw new ProviderFaultError(calls.classify(seen, token), error);
  }
}

/** @returns null when the message has no such part */
async function findPart(
  calls: GmailCalls,
  messageId: string,
  partId: string,
  signal: AbortSignal | undefined,
): Promise<ProviderResult<MimePart | null>> {
  return askGmail(calls, "getMessage", signal, async (token) => {
    const answer = await get(calls, calls.messagePath(messageId, "full"), token, signal);
    const { body } = await readWhole(answer, partBytesMax);
    const message = parseJson(body);
    const payload = isRecord(message) ? recordAt(message, "payload") : null;
    if (payload === null) throw new MalformedAnswerError("The answer is no message.");
    return partNamed(readGmailTree(payload, new DefectList()), partId);
  });
}

function partNamed(root: MimePart, partId: string): MimePart | null {
  const open: MimePart[] = [root];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (part.partId === partId) return part;
    open.push(...part.children);
  }
  return null;
}

/** Has the form in which Google's client throws. */
class RefusedAnswerError extends Error {
  readonly response: { readonly status: number; readonly headers: Headers; readonly data: string };
  constructor(status: number, retryAfter: string | null, data: string) {
    super(`HTTP status ${status}`);
    this.response = {
      status,
      headers: new Headers(retryAfter === null ? {} : { "retry-after": retryAfter }),
      data,
    };
  }
}

const errorBytesMax = 1024 ** 2;

async function get(
  calls: GmailCalls,
  path: string,
  token: string,
  signal: AbortSignal | undefined,
): Promise<StreamedAnswer> {
  const url = new URL(path, calls.options.rootUrl).href;
  const answer = await calls.transport.send({ method: "GET", url, headers: calls.headers(token), signal });
  if (answer.status === 200) return answer;
  const { status, retryAfter, body } = await readWhole(answer, errorBytesMax);
  throw new RefusedAnswerError(status, retryAfter, body.toString("utf8"));
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
}
