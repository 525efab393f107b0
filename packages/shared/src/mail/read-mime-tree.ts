import { decodeHeaderWords } from "./decode-header-words.ts";
import type { DefectList } from "./defect-list.ts";
import { mailLimits } from "./mail-limits.ts";
import { createDelimiterScanner, type DelimiterScanner, type OpenMultipart } from "./mime-delimiters.ts";
import type { MimePart, PartPlace } from "./mime-part.ts";
import { type RawHeader, scanHeaders } from "./scan-headers.ts";
import { firstToken, parseStructuredHeader } from "./structured-header.ts";
import { decodedSize, decodeTransfer } from "./transfer-encoding.ts";

export interface MimeTree {
  /** Of the message itself. */
  readonly headers: readonly RawHeader[];
  readonly root: RawPart;
}

/** A part of a raw message, which knows where in it its encoded content lies. */
export interface RawPart extends MimePart {
  readonly children: readonly RawPart[];
  readonly place: PartPlace;
}

/**
 * Reads the MIME tree of a raw message (RFC 2045, 2046) in one pass over its bytes, without copying them: a part
 * knows where it lies, and is decoded when somebody asks. No recursion, so depth costs no stack; linear in the
 * bytes whatever they are. Never throws. A multipart deeper than `nestingDepthMax` is not taken apart.
 */
export function readMimeTree(message: Uint8Array, defects: DefectList): MimeTree {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const scanner = createDelimiterScanner(bytes);
  const opened: OpenedPart = openPart(bytes, 0, "", "text/plain", scanner, defects);
  let leaf: PartNode | null = opened.part;
  if (opened.boundary !== null) {
    scanner.open(opened.boundary, opened.part);
    leaf = null;
  }
  let position = opened.bodyStart;
  let partsLeft: number = mailLimits.partsMax;
  for (let found = scanner.next(position); found !== null; found = scanner.next(position)) {
    if (leaf !== null) leaf.end = endOfContent(bytes, leaf.start, found.lineStart);
    leaf = null;
    position = found.lineEnd;
    if (found.isTerminator) continue;
    if (partsLeft-- === 0) {
      defects.add(`Parts after the first ${mailLimits.partsMax} are left out.`);
      break;
    }
    const child = openChild(bytes, found.multipart, position, scanner, defects);
    position = child.bodyStart;
    const isTooDeep = scanner.depth() >= mailLimits.nestingDepthMax;
    if (child.boundary !== null && isTooDeep) {
      defects.add(`Parts nested deeper than ${mailLimits.nestingDepthMax} levels are not taken apart.`);
    }
    if (child.boundary !== null && !isTooDeep) scanner.open(child.boundary, child.part);
    else leaf = child.part;
  }
  return { headers: opened.headers, root: opened.part };
}

interface OpenedPart {
  readonly part: PartNode;
  readonly headers: readonly RawHeader[];
  readonly bodyStart: number;
  /** Of a multipart that can be taken apart. */
  readonly boundary: string | null;
}

function openChild(
  bytes: Buffer,
  parent: OpenMultipart,
  start: number,
  scanner: DelimiterScanner,
  defects: DefectList,
): OpenedPart {
  const prefix = parent.partId === "" ? "" : `${parent.partId}.`;
  const partId = `${prefix}${parent.children.length}`;
  const defaultType = parent.mimeType === "multipart/digest" ? "message/rfc822" : "text/plain";
  const opened = openPart(bytes, start, partId, defaultType, scanner, defects);
  parent.children.push(opened.part);
  return opened;
}

/** Reads a part's headers. Its body runs to the end of the message until a delimiter says otherwise. */
function openPart(
  bytes: Buffer,
  start: number,
  partId: string,
  defaultType: string,
  scanner: DelimiterScanner,
  defects: DefectList,
): OpenedPart {
  const block = scanner.headerBlock(start);
  const headers = scanHeaders(bytes.subarray(start, block.headersEnd), defects);
  // Without a single header, what stands there is text whose author began at once.
  const bodyStart = headers.length === 0 && block.headersEnd > start ? start : block.bodyStart;
  const type = parseStructuredHeader(firstValue(headers, "content-type"));
  const mimeType = /^[^/\s]+\/[^/\s]+$/.test(type.value) ? type.value : defaultType;
  const disposition = parseStructuredHeader(firstValue(headers, "content-disposition"));
  const filename = disposition.params.get("filename") || type.params.get("name") || null;
  const isMultipart = mimeType.startsWith("multipart/");
  const encoding = isMultipart ? "" : firstToken(firstValue(headers, "content-transfer-encoding") ?? "");
  const part = new PartNode(bytes, bodyStart, encoding, {
    partId,
    mimeType,
    charset: type.params.get("charset") ?? null,
    filename: filename === null ? null : decodeHeaderWords(filename),
    disposition: dispositionOf(disposition.value),
    contentId: firstValue(headers, "content-id"),
  });
  return { part, headers, bodyStart, boundary: isMultipart ? type.params.get("boundary") || null : null };
}

type PartDescription = Pick<
  MimePart,
  "partId" | "mimeType" | "charset" | "filename" | "disposition" | "contentId"
>;

/** A part of the tree while it is read and after: where its encoded content lies. */
class PartNode implements RawPart {
  readonly partId: string;
  readonly mimeType: string;
  readonly charset: string | null;
  readonly filename: string | null;
  readonly disposition: "attachment" | "inline" | null;
  readonly contentId: string | null;
  readonly providerAttachmentId = null;
  readonly children: PartNode[] = [];
  readonly start: number;
  end: number;
  readonly #bytes: Buffer;
  readonly #encoding: string;

  constructor(bytes: Buffer, start: number, encoding: string, description: PartDescription) {
    this.#bytes = bytes;
    this.start = start;
    this.end = bytes.length;
    this.#encoding = encoding;
    this.partId = description.partId;
    this.mimeType = description.mimeType;
    this.charset = description.charset;
    this.filename = description.filename;
    this.disposition = description.disposition;
    this.contentId = description.contentId;
  }

  get place(): PartPlace {
    return { start: this.start, end: this.end, encoding: this.#encoding };
  }

  get sizeBytes(): number {
    return decodedSize(this.#bytes.subarray(this.start, this.end), this.#encoding);
  }

  content(): Uint8Array {
    return decodeTransfer(this.#bytes.subarray(this.start, this.end), this.#encoding);
  }
}

/** The line end before a delimiter belongs to the delimiter (RFC 2046, 5.1.1). */
function endOfContent(bytes: Buffer, start: number, lineStart: number): number {
  let end = lineStart;
  if (end > start && bytes[end - 1] === 0x0a) end--;
  if (end > start && bytes[end - 1] === 0x0d) end--;
  return end;
}

function firstValue(headers: readonly RawHeader[], lowerName: string): string | null {
  for (const [name, value] of headers) {
    if (name.length === lowerName.length && name.toLowerCase() === lowerName) return value;
  }
  return null;
}

/** RFC 2183, 2.8: a disposition that is not known is treated as an attachment. */
export function dispositionOf(value: string): "attachment" | "inline" | null {
  if (value === "") return null;
  return value === "inline" ? "inline" : "attachment";
}
