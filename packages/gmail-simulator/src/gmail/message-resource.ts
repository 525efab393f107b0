import type { Buffer } from "node:buffer";
import { transcodeToUtf8 } from "../mime/decode-text.ts";
import { decodeTransfer } from "../mime/decode-transfer.ts";
import type { HeaderField } from "../mime/header-fields.ts";
import { decodeWords } from "../mime/header-values.ts";
import { type MimePart, scanParts } from "../mime/scan-parts.ts";
import { toBase64Url } from "./answer.ts";
import { makeSnippet } from "./snippet.ts";

export type MessageFormat = "full" | "raw" | "metadata" | "minimal";

/** What is true of a message whatever its format. */
export interface MessageEnvelope {
  readonly id: string;
  readonly threadId: string;
  readonly labelIds: readonly string[];
  readonly historyId: string;
  readonly internalDateMs: number;
}

export interface MessageRendering {
  readonly format: MessageFormat;
  /** Only these headers, for format metadata; all when empty. */
  readonly metadataHeaders: readonly string[];
  /** Text parts with more bytes than this come by attachmentId, as Gmail does with long ones. */
  readonly inlineTextBytesMax: number;
  /** Makes the opaque id of a part; Gmail makes a new one for every answer. */
  readonly attachmentIdOf: (partId: string) => string;
}

/** A Message resource. https://developers.google.com/gmail/api/reference/rest/v1/users.messages */
export interface MessageResource {
  readonly id: string;
  readonly threadId: string;
  readonly labelIds?: readonly string[];
  readonly snippet: string;
  readonly payload?: PartResource;
  readonly sizeEstimate: number;
  readonly historyId: string;
  readonly internalDate: string;
}

export interface PartResource {
  readonly partId?: string;
  readonly mimeType: string;
  readonly filename?: string;
  readonly headers?: readonly HeaderField[];
  readonly body?: BodyResource;
  readonly parts?: readonly PartResource[];
}

/** https://developers.google.com/gmail/api/reference/rest/v1/users.messages.attachments#MessagePartBody */
export interface BodyResource {
  readonly size: number;
  readonly data?: string;
  readonly attachmentId?: string;
}

/** Renders a message in one of Gmail's formats; for `raw` the caller adds the bytes. */
export function renderMessage(
  envelope: MessageEnvelope,
  bytes: Buffer,
  rendering: MessageRendering,
): MessageResource {
  const root = scanParts(bytes);
  const resource = {
    id: envelope.id,
    threadId: envelope.threadId,
    ...(envelope.labelIds.length > 0 ? { labelIds: envelope.labelIds } : {}),
    snippet: makeSnippet(root, bytes),
    sizeEstimate: bytes.length,
    historyId: envelope.historyId,
    internalDate: String(envelope.internalDateMs),
  };
  switch (rendering.format) {
    case "minimal":
    case "raw":
      return resource;
    case "metadata":
      return { ...resource, payload: renderMetadata(root, rendering.metadataHeaders) };
    case "full":
      return { ...resource, payload: renderPart(root, bytes, rendering) };
  }
}

/** The content of one part as Gmail hands it out: transfer encoding undone, text in UTF-8. */
export function readPartContent(part: MimePart, bytes: Buffer): Buffer {
  const decoded = decodeTransfer(bytes.subarray(part.bodyStart, part.bodyEnd), part.transferEncoding);
  return isInlineText(part) ? transcodeToUtf8(decoded, part.charset) : decoded;
}

/** Header values that Gmail shows decoded (RFC 2047); others are as they were sent, unfolded. */
const DECODED_HEADERS: ReadonlyMap<string, "text" | "addresses"> = new Map([
  ["subject", "text"],
  ["comments", "text"],
  ["from", "addresses"],
  ["to", "addresses"],
  ["cc", "addresses"],
  ["bcc", "addresses"],
  ["reply-to", "addresses"],
  ["sender", "addresses"],
]);

function renderHeaders(headers: readonly HeaderField[]): readonly HeaderField[] {
  return headers.map(({ name, value }) => {
    if (!value.includes("=?")) return { name, value };
    const kind = DECODED_HEADERS.get(name.toLowerCase());
    return kind === undefined ? { name, value } : { name, value: decodeWords(value, kind === "addresses") };
  });
}

function renderMetadata(root: MimePart, wanted: readonly string[]): PartResource {
  const names = new Set(wanted.map((name) => name.toLowerCase()));
  const headers =
    names.size === 0 ? root.headers : root.headers.filter((one) => names.has(one.name.toLowerCase()));
  return { mimeType: root.mimeType, ...(headers.length > 0 ? { headers: renderHeaders(headers) } : {}) };
}

/** Recursion is safe here: scanParts bounds the depth. */
function renderPart(part: MimePart, bytes: Buffer, rendering: MessageRendering): PartResource {
  const { partId, mimeType, filename } = part;
  return {
    partId,
    mimeType,
    filename,
    headers: renderHeaders(part.headers),
    body: renderBody(part, bytes, rendering),
    ...(part.parts.length > 0
      ? { parts: part.parts.map((child) => renderPart(child, bytes, rendering)) }
      : {}),
  };
}

function renderBody(part: MimePart, bytes: Buffer, rendering: MessageRendering): BodyResource {
  if (part.parts.length > 0 && part.mimeType !== "message/rfc822") return { size: 0 };
  const content = readPartContent(part, bytes);
  if (content.length === 0) return { size: 0 };
  const inline = isInlineText(part) && content.length <= rendering.inlineTextBytesMax;
  return inline
    ? { size: content.length, data: toBase64Url(content) }
    : { attachmentId: rendering.attachmentIdOf(part.partId), size: content.length };
}

/** A multipart in which no part was found is shown as text: its bytes must not be lost. */
function isInlineText(part: MimePart): boolean {
  if (part.filename !== "") return false;
  return (
    part.mimeType.startsWith("text/") || (part.mimeType.startsWith("multipart/") && part.parts.length === 0)
  );
}
