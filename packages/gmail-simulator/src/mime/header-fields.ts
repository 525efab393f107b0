import { decodeText } from "./decode-text.ts";

export interface HeaderField {
  readonly name: string;
  /** Unfolded: line breaks removed, the white space after them kept. Raw 8-bit bytes decoded, nothing else. */
  readonly value: string;
}

export interface HeaderBlock {
  readonly fields: readonly HeaderField[];
  /** Where the body starts. */
  readonly bodyStart: number;
}

/**
 * Reads the header block that starts at `start`. It ends at an empty line, at `end`, or at the first line that
 * is no header (the body starts with that line then). Leading "From " lines of an mbox are skipped. Linear in
 * the block's length, never throws.
 */
export function readHeaderBlock(bytes: Buffer, start: number, end: number): HeaderBlock {
  const fields: HeaderField[] = [];
  let at = start;
  while (at < end) {
    const next = lineEnd(bytes, at, end);
    const first = bytes[at] as number;
    if (isEmptyLine(bytes, at, next)) return { fields, bodyStart: next };
    let stop = next;
    while (stop < end && isBlank(bytes[stop]) && !isEmptyLine(bytes, stop, lineEnd(bytes, stop, end)))
      stop = lineEnd(bytes, stop, end);
    const colon = isHeaderStart(first) ? bytes.indexOf(COLON, at) : -1;
    const name = colon > at && colon < next ? bytes.toString("latin1", at, colon).trimEnd() : "";
    if (NAME_PATTERN.test(name) && !name.startsWith("--")) {
      fields.push({ name, value: unfold(bytes, colon + 1, stop) });
    } else if (fields.length > 0 || !isMboxLine(bytes, at)) {
      return { fields, bodyStart: at };
    }
    at = stop;
  }
  return { fields, bodyStart: end };
}

/** The first field of this name, or null. Names compare without case. */
export function findHeader(fields: readonly HeaderField[], name: string): string | null {
  const wanted = name.toLowerCase();
  for (const field of fields)
    if (field.name.length === wanted.length && field.name.toLowerCase() === wanted) return field.value;
  return null;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const NAME_PATTERN = /^[!-9;-~]{1,200}$/;

/** Where the line after the one at `at` starts. */
function lineEnd(bytes: Buffer, at: number, end: number): number {
  const lf = bytes.indexOf(LF, at);
  return lf === -1 || lf >= end ? end : lf + 1;
}

function isEmptyLine(bytes: Buffer, at: number, next: number): boolean {
  return bytes[at] === LF || (bytes[at] === CR && (next === at + 1 || bytes[at + 1] === LF));
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

function isHeaderStart(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f && byte !== COLON;
}

/** Only at the very start of a message: a body may begin with such words too. */
function isMboxLine(bytes: Buffer, at: number): boolean {
  return at === 0 && /^>?From \S+ .*\d\d:\d\d/.test(bytes.toString("latin1", 0, MBOX_LINE_BYTES_MAX));
}

const MBOX_LINE_BYTES_MAX = 500;

function unfold(bytes: Buffer, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isSpace(bytes[from])) from++;
  while (to > from && isSpace(bytes[to - 1])) to--;
  const binary = bytes.toString("latin1", from, to);
  const line = binary.includes("\n") ? binary.replace(/\r?\n/g, "") : binary;
  return /[\x80-\xff]/.test(line) ? decodeText(Buffer.from(line, "latin1"), null) : line;
}

/** Not String.trim: in bytes of UTF-8, 0xa0 is no space. */
function isSpace(byte: number | undefined): boolean {
  return isBlank(byte) || byte === LF || byte === CR;
}
