/** One part of a multipart answer. */
export interface MultipartPart {
  /** Header lines, unfolded, names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** The part was longer than is kept; its body is only its beginning. */
  readonly isCut: boolean;
}

export interface MultipartParser {
  /** Takes the next bytes, however they are cut, and gives the parts that they complete. */
  push(chunk: Buffer): readonly MultipartPart[];
  /** How much of the part that is arriving is kept. */
  heldBytes(): number;
  /** Whether the closing delimiter was seen: without it the answer was cut short. */
  isComplete(): boolean;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const dash = 0x2d;
const blank = 0x20;
const tab = 0x09;
/** Blanks that a delimiter line may end in (RFC 2046, 5.1.1 calls it transport padding). */
const paddingMax = 64;

/**
 * The boundary parameter of a multipart content type, quoted or not; null when it has none.
 */
export function boundaryOf(contentType: string): string | null {
  const match = /^\s*multipart\/[^;]*;(?:.*;)?\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)+)"|([^\s;"]+))/i.exec(
    contentType,
  );
  if (match === null) return null;
  return match[1] === undefined ? (match[2] ?? null) : match[1].replace(/\\(.)/g, "$1");
}

/**
 * Takes a multipart body (RFC 2046, 5.1) apart while it arrives. Keeps the part that is arriving and a few bytes
 * of look-behind, nothing else; a part beyond `partBytesMax` is passed over but for its beginning. Delimiters are
 * found wherever the chunks are cut, lines may end in CRLF or LF, preamble and epilogue are ignored.
 */
export function createMultipartParser(boundary: string, partBytesMax: number): MultipartParser {
  // With the line feed before it: it is rarer than a dash, so the search skips faster.
  const delimiter = Buffer.from(`\n--${boundary}`);
  let state: "preamble" | "part" | "done" = "preamble";
  let tail: Buffer = Buffer.from("\n"); // the body's first line is a line's start, too
  let kept = newCollector(partBytesMax);

  function push(chunk: Buffer): readonly MultipartPart[] {
    if (state === "done") return [];
    const parts: MultipartPart[] = [];
    let window = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    for (let searchFrom = 0; ; ) {
      const found = findDelimiter(window, delimiter, searchFrom);
      if (found === null) break;
      if (found.kind === "needs more") {
        collect(window.subarray(0, found.contentEnd));
        tail = window.subarray(found.contentEnd);
        return parts;
      }
      if (found.kind === "no delimiter") {
        searchFrom = found.searchFrom;
        continue;
      }
      collect(window.subarray(0, found.contentEnd));
      if (state === "part") parts.push(toPart(kept));
      kept = newCollector(partBytesMax);
      state = found.isLast ? "done" : "part";
      if (found.isLast) return parts;
      // The line feed stays, so that a delimiter right below is seen at a line's start.
      window = window.subarray(found.lineEnd - 1);
      kept.skip = 1;
      searchFrom = 0;
    }
    // What may be the beginning of a delimiter, with the line end before it, waits for the next chunk.
    const keepFrom = Math.max(0, window.length - delimiter.length - 1);
    collect(window.subarray(0, keepFrom));
    tail = window.subarray(keepFrom);
    return parts;
  }

  function collect(bytes: Buffer): void {
    if (state !== "part" || bytes.length === 0) return;
    const skipped = Math.min(kept.skip, bytes.length);
    kept.skip -= skipped;
    kept.add(bytes.subarray(skipped));
  }

  return { push, heldBytes: () => kept.length, isComplete: () => state === "done" };
}

type Found =
  | {
      readonly kind: "delimiter";
      readonly contentEnd: number;
      readonly lineEnd: number;
      readonly isLast: boolean;
    }
  | { readonly kind: "no delimiter"; readonly searchFrom: number }
  | { readonly kind: "needs more"; readonly contentEnd: number };

function findDelimiter(window: Buffer, delimiter: Buffer, searchFrom: number): Found | null {
  const at = window.indexOf(delimiter, searchFrom);
  if (at === -1) return null;
  const contentEnd = at >= 1 && window[at - 1] === carriageReturn ? at - 1 : at;
  let end = at + delimiter.length;
  if (end + 2 > window.length) return { kind: "needs more", contentEnd };
  if (window[end] === dash && window[end + 1] === dash)
    return { kind: "delimiter", contentEnd, lineEnd: end, isLast: true };
  const paddingEnd = Math.min(end + paddingMax, window.length);
  while (end < paddingEnd && (window[end] === blank || window[end] === tab)) end++;
  if (window[end] === carriageReturn && end + 1 <= window.length) end++;
  if (end >= window.length) return { kind: "needs more", contentEnd };
  return window[end] === lineFeed
    ? { kind: "delimiter", contentEnd, lineEnd: end + 1, isLast: false }
    : { kind: "no delimiter", searchFrom: at + 1 }; // a longer boundary, or text that looks like one
}

interface Collector {
  readonly chunks: Buffer[];
  length: number;
  isCut: boolean;
  /** Bytes at the beginning that belong to the delimiter. */
  skip: number;
  add(bytes: Buffer): void;
}

function newCollector(bytesMax: number): Collector {
  return {
    chunks: [],
    length: 0,
    isCut: false,
    skip: 0,
    add(bytes) {
      const kept = bytes.subarray(0, Math.max(0, bytesMax - this.length));
      if (kept.length < bytes.length) this.isCut = true;
      if (kept.length === 0) return;
      // A small piece is copied: a view would keep the whole read buffer alive.
      const isMostOfIt = kept.buffer.byteLength < kept.length * 2;
      this.chunks.push(isMostOfIt ? kept : Buffer.from(kept));
      this.length += kept.length;
    },
  };
}

function toPart(collector: Collector): MultipartPart {
  const bytes =
    collector.chunks.length === 1 ? (collector.chunks[0] as Buffer) : Buffer.concat(collector.chunks);
  const { headers, body } = splitHead(bytes);
  return { headers, body, isCut: collector.isCut };
}

const headBytesMax = 64 * 1024;

/** Separates header lines from the body after the first empty line; without one within 64 KB there is no body. */
export function splitHead(bytes: Buffer): { headers: ReadonlyMap<string, string>; body: Buffer } {
  if (bytes[0] === lineFeed) return { headers: new Map(), body: bytes.subarray(1) };
  if (bytes[0] === carriageReturn && bytes[1] === lineFeed)
    return { headers: new Map(), body: bytes.subarray(2) };
  const window = bytes.subarray(0, headBytesMax); // the body may be megabytes without any line end
  const lf = window.indexOf("\n\n");
  const crlf = window.subarray(0, lf === -1 ? window.length : lf + 2).indexOf("\n\r\n");
  const headEnd = crlf === -1 ? lf : crlf;
  const head = bytes.toString("utf8", 0, headEnd === -1 ? window.length : headEnd);
  const bodyStart = headEnd === -1 ? bytes.length : headEnd + (crlf === -1 ? 2 : 3);
  return { headers: parseHeaderLines(head), body: bytes.subarray(bodyStart) };
}

function parseHeaderLines(head: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r?\n[ \t]+/g, " ").split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}
