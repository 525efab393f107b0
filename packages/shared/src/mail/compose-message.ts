import { type CharsetTrust, decodeText } from "./decode-text.ts";
import type { DefectList } from "./defect-list.ts";
import { interpretHeaders } from "./interpret-headers.ts";
import { dateWithinBounds } from "./mail-date.ts";
import { mailLimits } from "./mail-limits.ts";
import type { AttachmentMetadata, ContentMode, MailMessage } from "./mail-message.ts";
import { type MimePart, sortParts } from "./mime-part.ts";
import type { RawHeader } from "./scan-headers.ts";
import { cutText, storableText } from "./storable-text.ts";

/** What a provider says about a message beside its content. */
export interface MessageEnvelope {
  readonly id: string;
  readonly threadId: string | null;
  readonly historyId: string | null;
  readonly labelIds: readonly string[];
  readonly hiddenAs: "trash" | "spam" | null;
  readonly receivedAt: Date | null;
  readonly sizeBytes: number;
  readonly snippet: string;
}

export interface MessageParts {
  readonly envelope: MessageEnvelope;
  readonly headers: readonly RawHeader[];
  /** Null in content mode `metadata`, or when the structure could not be read. */
  readonly root: MimePart | null;
  readonly charsetTrust: CharsetTrust;
  readonly content: ContentMode;
  readonly raw: Uint8Array | null;
  readonly rawSha256: string | null;
}

/** Puts a message together from its parts: storable, within `mailLimits`, with its defects named. Never throws. */
export function composeMessage(parts: MessageParts, defects: DefectList): MailMessage {
  const { envelope } = parts;
  const headers = interpretHeaders(parts.headers, defects);
  const sorted = parts.root === null ? null : sortParts(parts.root);
  const text = sorted && joinBody(sorted.plain, parts.charsetTrust, "text", defects);
  const html = sorted && joinBody(sorted.html, parts.charsetTrust, "HTML", defects);
  const attachments = sorted === null ? [] : listAttachments(sorted.attachments, defects);
  return {
    id: storableText(envelope.id),
    threadId: envelope.threadId === null ? null : storableText(envelope.threadId),
    historyId: envelope.historyId === null ? null : storableText(envelope.historyId),
    labelIds: envelope.labelIds.slice(0, mailLimits.labelsMax).map(storableText),
    hiddenAs: envelope.hiddenAs,
    receivedAt: boundDate(envelope.receivedAt, defects),
    sizeBytes: envelope.sizeBytes,
    snippet: storableText(cutText(envelope.snippet, mailLimits.snippetCharsMax)),
    ...headers,
    text,
    html,
    attachments,
    content: parts.content,
    raw: parts.raw,
    rawSha256: parts.rawSha256,
    defects: defects.toArray(),
  };
}

function boundDate(date: Date | null, defects: DefectList): Date | null {
  const bounded = date === null ? null : dateWithinBounds(date.getTime());
  if (bounded === null) defects.add("The provider gave no date of receipt that can be stored.");
  return bounded;
}

/** Line ends become "\n" and those at the end go: transports add and remove them. Null when there is no part. */
function joinBody(
  parts: readonly MimePart[],
  trust: CharsetTrust,
  what: string,
  defects: DefectList,
): string | null {
  if (parts.length === 0) return null;
  const texts: string[] = [];
  let charsLeft: number = mailLimits.bodyCharsMax;
  for (const part of parts) {
    if (charsLeft <= 0) {
      noteCut(what, defects);
      break;
    }
    const text = readPart(part, trust, charsLeft, what, defects);
    texts.push(text);
    charsLeft -= text.length + 1;
  }
  return texts.join("\n");
}

function readPart(
  part: MimePart,
  trust: CharsetTrust,
  charsMax: number,
  what: string,
  defects: DefectList,
): string {
  const content = part.content();
  if (content === null) {
    defects.add(`A part of the ${what} body is missing: the provider did not deliver it.`);
    return "";
  }
  if (part.mimeType.startsWith("multipart/") && content.length > 0) {
    defects.add("A multipart has no parts; its content is kept as text.");
  }
  const text = trimLineEnds(decodeText(cutBytes(content, charsMax * 2), part.charset, trust, defects));
  if (content.length > charsMax * 2 || text.length > charsMax) noteCut(what, defects);
  return storableText(cutText(text, charsMax));
}

function noteCut(what: string, defects: DefectList): void {
  defects.add(`The ${what} body is cut to ${mailLimits.bodyCharsMax} characters.`);
}

/** Cuts a giant text after a line, where no charset is in the middle of a character; else before a UTF-8 character. */
function cutBytes(content: Uint8Array, bytesMax: number): Uint8Array {
  if (content.length <= bytesMax) return content;
  const feed = content.lastIndexOf(0x0a, bytesMax - 1);
  if (feed > bytesMax / 2) return content.subarray(0, feed + 1);
  let end = bytesMax;
  while (end > bytesMax - 4 && ((content[end] ?? 0) & 0xc0) === 0x80) end--;
  return content.subarray(0, end);
}

function trimLineEnds(text: string): string {
  const unified = text.includes("\r") ? text.replaceAll("\r\n", "\n").replaceAll("\r", "\n") : text;
  let end = unified.length;
  while (end > 0 && unified.charCodeAt(end - 1) === 0x0a) end--;
  return end === unified.length ? unified : unified.slice(0, end);
}

function listAttachments(parts: readonly MimePart[], defects: DefectList): readonly AttachmentMetadata[] {
  const { attachmentsMax, filenameCharsMax, mimeTypeCharsMax, indexedCharsMax } = mailLimits;
  if (parts.length > attachmentsMax) {
    defects.add(`Attachments after the first ${attachmentsMax} of ${parts.length} are left out.`);
  }
  const bounded = (value: string | null, charsMax: number) =>
    value === null ? null : storableText(cutText(value, charsMax));
  return parts.slice(0, attachmentsMax).map((part) => ({
    partId: part.partId,
    filename: bounded(part.filename, filenameCharsMax),
    mimeType: storableText(cutText(part.mimeType, mimeTypeCharsMax)),
    sizeBytes: part.sizeBytes,
    contentId: bounded(part.contentId, indexedCharsMax),
    disposition: part.disposition,
    providerAttachmentId: part.providerAttachmentId,
    ...(part.place === undefined ? {} : { place: part.place }),
  }));
}
