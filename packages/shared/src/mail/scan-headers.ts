import { TextDecoder } from "node:util";
import { decodeHeaderBytes } from "./decode-text.ts";
import type { DefectList } from "./defect-list.ts";
import { mailLimits } from "./mail-limits.ts";

/** A header as it stands in the message: unfolded, its encoded words still encoded. */
export type RawHeader = readonly [name: string, value: string];

const lineFeed = 0x0a;

/**
 * Reads a header block (RFC 5322, without the empty line that ends it) from its exact bytes: all headers in order,
 * names as written, folded lines joined (the line break goes, the blank stays). 8-bit bytes are UTF-8 if the block
 * is UTF-8, else each line is read as UTF-8 or windows-1252. Linear, never throws; bounded by `mailLimits`.
 */
export function scanHeaders(bytes: Uint8Array, defects: DefectList): readonly RawHeader[] {
  if (bytes.length === 0) return [];
  const block = bytes.subarray(0, mailLimits.headerCharsMax * 2);
  const headers: RawHeader[] = [];
  let open: { name: string; parts: string[] } | null = null;
  let brokenLines = 0;
  const close = () => {
    if (open !== null) headers.push([open.name, trimBlanks(open.parts.join(""))]);
    open = null;
  };
  for (const [index, line] of splitLines(block).entries()) {
    if (line.startsWith(" ") || line.startsWith("\t")) {
      if (open === null) brokenLines++;
      else open.parts.push(line);
      continue;
    }
    close();
    const colon = line.indexOf(":");
    const isMboxEnvelope = index === 0 && /^>?From /.test(line);
    if (isMboxEnvelope) continue; // the mbox format's own line, no header of the message
    if (colon <= 0) {
      brokenLines++;
      continue;
    }
    open = { name: trimBlanks(line.slice(0, colon)), parts: [line.slice(colon + 1)] };
  }
  close();
  if (brokenLines > 0) defects.add(`Lines of the header block that are no header: ${brokenLines}.`);
  return headers;
}

function splitLines(block: Uint8Array): string[] {
  const whole = decodeStrict(block);
  if (whole !== null) return whole.split("\n").map(dropLineEnd).filter(isNotEmpty);
  const lines: string[] = [];
  for (let start = 0; start < block.length; ) {
    const feed = block.indexOf(lineFeed, start);
    const end = feed === -1 ? block.length : feed;
    lines.push(dropLineEnd(decodeHeaderBytes(block.subarray(start, end))));
    start = end + 1;
  }
  return lines.filter(isNotEmpty);
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeStrict(block: Uint8Array): string | null {
  try {
    return strictUtf8.decode(block);
  } catch {
    return null;
  }
}

/** A carriage return is legal only before the line feed; another one becomes a blank. */
function dropLineEnd(line: string): string {
  const end = line.endsWith("\r") ? line.slice(0, -1) : line;
  return end.includes("\r") ? end.replaceAll("\r", " ") : end;
}

function isNotEmpty(line: string): boolean {
  return line !== "";
}

/** Like `trim`, for the two blanks that RFC 5322 knows only: others are part of a name or a value. */
function trimBlanks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return start === 0 && end === value.length ? value : value.slice(start, end);
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09;
}
