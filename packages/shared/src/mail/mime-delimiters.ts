/** What the scanner must know of a multipart whose end has not been seen. */
export interface OpenMultipart {
  readonly partId: string;
  readonly mimeType: string;
  readonly children: OpenMultipart[];
}

export interface Delimiter {
  /** Offset of its first "-". */
  readonly lineStart: number;
  /** Offset after its line end. */
  readonly lineEnd: number;
  readonly isTerminator: boolean;
  readonly multipart: OpenMultipart;
}

export interface DelimiterScanner {
  open(boundary: string, multipart: OpenMultipart): void;
  depth(): number;
  /** The next delimiter line of any open multipart, from a line's start on; those inside it are closed. */
  next(from: number): Delimiter | null;
  /** Where the header block that starts here ends, and where the body begins. */
  headerBlock(start: number): { readonly headersEnd: number; readonly bodyStart: number };
}

/** RFC 2046 allows 70 characters; mailers that go beyond exist. A longer line cannot be a delimiter. */
const delimiterCharsMax = 256;

/**
 * Finds the delimiter lines of a message's open multiparts. Linear: lines that do not begin with "--" are passed
 * over by the runtime's own search, a line is compared with all open boundaries by one look-up, and the end of a
 * header block is never searched twice in the same stretch.
 */
export function createDelimiterScanner(bytes: Buffer): DelimiterScanner {
  const frames: Frame[] = [];
  const byDelimiter = new Map<string, number>();
  const findLf = forwardFinder(bytes, "\n\n");
  const findCrlf = forwardFinder(bytes, "\n\r\n");

  function closeFrom(index: number): void {
    for (let frame = frames.pop(); frame !== undefined; frame = frames.pop()) {
      if (frame.shadowed === null) byDelimiter.delete(frame.delimiter);
      else byDelimiter.set(frame.delimiter, frame.shadowed);
      if (frames.length === index) return;
    }
  }

  function search(from: number, until: number): Delimiter | null {
    if (frames.length === 0) return null;
    for (
      let start = nextDashes(bytes, from);
      start !== -1 && start < until;
      start = nextDashes(bytes, start + 1)
    ) {
      const line = readLine(bytes, start);
      if (line === null) continue;
      const { index, isTerminator } = lookUp(byDelimiter, line.text);
      const frame = frames[index];
      if (frame !== undefined)
        return { lineStart: start, lineEnd: line.end, isTerminator, multipart: frame.multipart };
    }
    return null;
  }

  return {
    open(boundary, multipart) {
      const delimiter = `--${Buffer.from(boundary).toString("latin1").trimEnd()}`;
      frames.push({ delimiter, multipart, shadowed: byDelimiter.get(delimiter) ?? null });
      byDelimiter.set(delimiter, frames.length - 1);
    },
    depth: () => frames.length,
    next(from) {
      const found = search(from, bytes.length);
      if (found === null) return null;
      const index = frames.findLastIndex((frame) => frame.multipart === found.multipart);
      const keep = found.isTerminator ? index : index + 1;
      if (frames.length > keep) closeFrom(keep);
      return found;
    },
    headerBlock(start) {
      const block = endOfHeaderBlock(bytes, start, findLf, findCrlf);
      const interrupted = search(start, block.headersEnd);
      return interrupted === null
        ? block
        : { headersEnd: interrupted.lineStart, bodyStart: interrupted.lineStart };
    },
  };
}

interface Frame {
  readonly delimiter: string;
  readonly multipart: OpenMultipart;
  /** The open multipart outside this one that has the same boundary, if there is one. */
  readonly shadowed: number | null;
}

function lookUp(
  byDelimiter: ReadonlyMap<string, number>,
  line: string,
): { index: number; isTerminator: boolean } {
  const index = byDelimiter.get(line);
  if (index !== undefined) return { index, isTerminator: false };
  const terminated = line.endsWith("--") ? byDelimiter.get(line.slice(0, -2)) : undefined;
  return { index: terminated ?? -1, isTerminator: true };
}

/** The start of the next line that begins with "--", at `from` or after; `from` is a line's start or within one. */
function nextDashes(bytes: Buffer, from: number): number {
  if (from === 0 && bytes[0] === 0x2d && bytes[1] === 0x2d) return 0;
  const found = bytes.indexOf("\n--", Math.max(from - 1, 0), "latin1");
  return found === -1 ? -1 : found + 1;
}

function readLine(bytes: Buffer, start: number): { text: string; end: number } | null {
  const window = bytes.subarray(start, start + delimiterCharsMax);
  const feed = window.indexOf(0x0a);
  if (feed === -1 && window.length === delimiterCharsMax) return null;
  const length = feed === -1 ? window.length : feed;
  return {
    text: window.toString("latin1", 0, length).trimEnd(),
    end: start + (feed === -1 ? length : length + 1),
  };
}

type Finder = (from: number) => number;

/** Offsets asked for only grow, so a place found ahead stays the answer until it is passed. */
function forwardFinder(bytes: Buffer, needle: string): Finder {
  let last: number | null = null;
  return (from) => {
    if (last === null || (last !== -1 && last < from)) last = bytes.indexOf(needle, from, "latin1");
    return last;
  };
}

function endOfHeaderBlock(bytes: Buffer, start: number, findLf: Finder, findCrlf: Finder) {
  if (bytes[start] === 0x0a) return { headersEnd: start, bodyStart: start + 1 };
  if (bytes[start] === 0x0d && bytes[start + 1] === 0x0a) return { headersEnd: start, bodyStart: start + 2 };
  const lf = findLf(start);
  const crlf = findCrlf(start);
  if (lf === -1 && crlf === -1) return { headersEnd: bytes.length, bodyStart: bytes.length };
  return crlf === -1 || (lf !== -1 && lf < crlf)
    ? { headersEnd: lf + 1, bodyStart: lf + 2 }
    : { headersEnd: crlf + 1, bodyStart: crlf + 3 };
}
