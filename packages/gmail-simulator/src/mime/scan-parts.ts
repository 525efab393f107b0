import { findHeader, type HeaderField, readHeaderBlock } from "./header-fields.ts";
import { type ParameterisedValue, parseParameterised } from "./header-values.ts";

/** One node of a message's part tree. Holds offsets into the message, no content. */
export interface MimePart {
  /** "" for the root, then "0", "1", "0.1": the numbers Gmail gives. */
  readonly partId: string;
  readonly headers: readonly HeaderField[];
  /** Lower case; text/plain when the header is absent or unreadable. */
  readonly mimeType: string;
  readonly charset: string | null;
  readonly filename: string;
  /** Lower case: base64, quoted-printable, 7bit… */
  readonly transferEncoding: string;
  readonly bodyStart: number;
  /** Exclusive, without the line break before the boundary. */
  bodyEnd: number;
  readonly parts: MimePart[];
}

/**
 * The part tree of a message, in one pass over its bytes: linear however deep it nests. A message/rfc822 part
 * has the message in it as its one child, as Gmail shows it. Deeper than DEPTH_MAX, or after PARTS_MAX parts,
 * the rest is taken as content. Never throws.
 */
export function scanParts(bytes: Buffer): MimePart {
  return new PartScanner(bytes).scan();
}

/** Every part of the tree in order, the root first. */
export function* walkParts(root: MimePart): Generator<MimePart> {
  const pending = [root];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    yield part;
    for (let i = part.parts.length - 1; i >= 0; i--) pending.push(part.parts[i] as MimePart);
  }
}

const LINE_OF_DASHES = Buffer.from("\n--");
const DEPTH_MAX = 1_000;
const PARTS_MAX = 10_000;
/** RFC 2046 allows 70 characters; senders were seen with more. */
const BOUNDARY_CHARACTERS_MAX = 250;

class PartScanner {
  private readonly bytes: Buffer;
  /** Open parts, from the root to the innermost. */
  private readonly open: MimePart[] = [];
  /** Boundary to the depth (index in `open`) of the multipart that it delimits. */
  private readonly boundaries = new Map<string, number>();
  private readonly boundaryAt: (string | null)[] = [];
  private partCount = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  scan(): MimePart {
    const { bytes } = this;
    let at = this.openPart(0, null, "text/plain");
    const root = this.open[0] as MimePart;
    while (this.boundaries.size > 0) {
      const dashes = bytes.indexOf(LINE_OF_DASHES, Math.max(0, at - 1));
      if (dashes === -1) break;
      const lineStart = dashes + 1;
      const lf = bytes.indexOf(0x0a, lineStart);
      const lineStop = lf === -1 ? bytes.length : lf;
      at = lf === -1 ? bytes.length : lf + 1;
      if (lineStop - lineStart > BOUNDARY_CHARACTERS_MAX + 6) continue;
      at = this.takeDelimiter(bytes.toString("latin1", lineStart + 2, lineStop).trimEnd(), lineStart, at);
    }
    this.closeTo(0, bytes.length);
    return root;
  }

  /** If the line is a delimiter, closes what it ends and opens what it starts. Returns where to go on. */
  private takeDelimiter(line: string, lineStart: number, lineEnd: number): number {
    let depth = this.boundaries.get(line);
    const closes = depth === undefined && line.endsWith("--");
    if (closes) depth = this.boundaries.get(line.slice(0, -2));
    if (depth === undefined) return lineEnd;
    if (!closes && this.partCount >= PARTS_MAX) return lineEnd;
    this.closeTo(depth + 1, lineStart - (this.bytes[lineStart - 2] === 0x0d ? 2 : 1));
    const multipart = this.open[depth] as MimePart;
    if (closes) {
      this.forgetBoundary(depth);
      return lineEnd;
    }
    const childType = multipart.mimeType === "multipart/digest" ? "message/rfc822" : "text/plain";
    return this.openPart(lineEnd, multipart, childType);
  }

  /** Reads a part's headers and opens it, with the message inside if it is one. Returns its body's start. */
  private openPart(start: number, parent: MimePart | null, defaultType: string): number {
    let at = start;
    let above = parent;
    let type = defaultType;
    for (;;) {
      const { fields, bodyStart } = readHeaderBlock(this.bytes, at, this.bytes.length);
      const contentType = parseParameterised(findHeader(fields, "content-type") ?? "");
      const part = createPart(fields, contentType, bodyStart, above, type);
      this.partCount++;
      above?.parts.push(part);
      this.open.push(part);
      this.rememberBoundary(part, contentType.parameters.get("boundary"));
      at = bodyStart;
      const holdsMessage =
        part.mimeType === "message/rfc822" && !["base64", "quoted-printable"].includes(part.transferEncoding);
      if (!holdsMessage || this.open.length >= DEPTH_MAX || bodyStart >= this.bytes.length) return at;
      above = part;
      type = "text/plain";
    }
  }

  private rememberBoundary(part: MimePart, value: string | undefined): void {
    let boundary: string | null = null;
    if (part.mimeType.startsWith("multipart/") && this.open.length < DEPTH_MAX) {
      const usable = value !== undefined && value !== "" && value.length <= BOUNDARY_CHARACTERS_MAX;
      // A boundary that is open already keeps delimiting the outer multipart.
      if (usable && !this.boundaries.has(value)) boundary = value;
    }
    if (boundary !== null) this.boundaries.set(boundary, this.open.length - 1);
    this.boundaryAt.push(boundary);
  }

  private closeTo(depth: number, bodyEnd: number): void {
    while (this.open.length > depth) {
      this.forgetBoundary(this.open.length - 1);
      this.boundaryAt.pop();
      const part = this.open.pop() as MimePart;
      part.bodyEnd = Math.max(part.bodyStart, bodyEnd);
    }
  }

  private forgetBoundary(depth: number): void {
    const boundary = this.boundaryAt[depth];
    if (boundary) this.boundaries.delete(boundary);
    this.boundaryAt[depth] = null;
  }
}

function createPart(
  headers: readonly HeaderField[],
  type: ParameterisedValue,
  bodyStart: number,
  parent: MimePart | null,
  defaultType: string,
): MimePart {
  const disposition = parseParameterised(findHeader(headers, "content-disposition") ?? "");
  const encoding = (findHeader(headers, "content-transfer-encoding") ?? "").trim().toLowerCase();
  return {
    partId: partIdUnder(parent),
    headers,
    mimeType: /^[^\s/]+\/[^\s/]+$/.test(type.value) ? type.value : defaultType,
    charset: type.parameters.get("charset") ?? null,
    filename: disposition.parameters.get("filename") ?? type.parameters.get("name") ?? "",
    transferEncoding: encoding.split(/[\s;]/, 1)[0] ?? "",
    bodyStart,
    bodyEnd: bodyStart,
    parts: [],
  };
}

function partIdUnder(parent: MimePart | null): string {
  if (parent === null) return "";
  const number = `${parent.parts.length}`;
  return parent.partId === "" ? number : `${parent.partId}.${number}`;
}
