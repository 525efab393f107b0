import { type FileHandle, open } from "node:fs/promises";
import { findHeader, readHeaderBlock } from "../mime/header-fields.ts";
import { decodeWords } from "../mime/header-values.ts";
import { importDateMs, MessageIndexBuilder, TakeoutLabels } from "./indexed-messages.ts";
import type { MessageSource } from "./message-source.ts";

/**
 * A mailbox from one mbox file, such as a Takeout export, read once as a stream; of each message only offsets
 * are kept. A message starts after a "From " line with a date in it, and ends before the next one, without the
 * blank line between. Lines of ">From " lose one ">" (the mboxrd rule); all other bytes stay as they are, line
 * ends included. Labels come from X-Gmail-Labels where it is there.
 */
export async function openMboxSource(path: string): Promise<MessageSource> {
  const file = await open(path);
  const { mtimeMs } = await file.stat();
  const builder = new MessageIndexBuilder();
  const labels = new TakeoutLabels();
  const starts: number[] = [];
  const ends: number[] = [];
  const head = Buffer.alloc(HEAD_BYTES);
  for await (const { start, end, fromLine } of scanMbox(file)) {
    const { bytesRead } = await file.read(head, 0, Math.min(HEAD_BYTES, end - start), start);
    const { fields } = readHeaderBlock(head.subarray(0, bytesRead), 0, bytesRead);
    const names = findHeader(fields, "x-gmail-labels");
    const fallbackMs = Date.parse(fromLine.replace(/^From \S+\s+/, ""));
    builder.add({
      headers: fields,
      dateMs: importDateMs(fields, Number.isFinite(fallbackMs) ? fallbackMs : Math.floor(mtimeMs)),
      labelIds: names === null ? ["INBOX"] : labels.toIds(decodeWords(names, false).split(",")),
    });
    starts.push(start);
    ends.push(end);
  }
  const index = builder.build();
  const [startOf, endOf] = [Float64Array.from(starts), Float64Array.from(ends)];
  return {
    ...index,
    userLabels: labels.userLabels,
    read: async (slot) => {
      const place = index.placeOf(slot);
      return unescapeFromLines(await readRange(file, startOf[place] ?? 0, endOf[place] ?? 0));
    },
    close: () => file.close(),
  };
}

export interface MboxRange {
  /** Of the message's first byte, after its "From " line. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly fromLine: string;
}

const HEAD_BYTES = 128 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const FROM_LINE_BYTES_MAX = 1_000;
const FROM_LINE = /^From \S+\s+(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s[^\n]{0,60}\d\d:\d\d/;
/** What messageEnd may look at before a "From " line. */
const BLANK_LINE_BYTES = 4;
const FROM = Buffer.from("\nFrom ");

/** Where the messages of an mbox are, in the order of the file. Holds one chunk in memory. */
export async function* scanMbox(file: FileHandle): AsyncGenerator<MboxRange> {
  // A line break put before the file makes its first line like any other.
  let window: Buffer = Buffer.from("\n");
  let windowStart = -1;
  let current: { start: number; fromLine: string } | null = null;
  let searched = 0;
  for (;;) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const readAt = windowStart + window.length;
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, readAt);
    window = Buffer.concat([window, chunk.subarray(0, bytesRead)]);
    const isLast = bytesRead === 0;
    for (;;) {
      const found = window.indexOf(FROM, searched);
      if (found === -1 || (!isLast && found > window.length - FROM_LINE_BYTES_MAX)) break;
      searched = found + 1;
      const lf = window.indexOf(0x0a, found + 1);
      const lineEnd = lf === -1 ? window.length : lf;
      const line = window.toString("latin1", found + 1, Math.min(lineEnd, found + FROM_LINE_BYTES_MAX));
      if (!FROM_LINE.test(line)) continue;
      if (current !== null) yield { ...current, end: windowStart + messageEnd(window, found) };
      current = { start: windowStart + Math.min(lineEnd + 1, window.length), fromLine: line.trimEnd() };
    }
    if (isLast) {
      if (current !== null) yield { ...current, end: lastMessageEnd(window, windowStart, current.start) };
      return;
    }
    const keepFrom = Math.max(0, Math.max(searched, window.length - FROM_LINE_BYTES_MAX) - BLANK_LINE_BYTES);
    window = window.subarray(keepFrom);
    windowStart += keepFrom;
    searched = Math.max(0, searched - keepFrom);
  }
}

/** The end of the message before the line break at `lf`, without a blank line there. */
function messageEnd(window: Buffer, lf: number): number {
  if (window[lf - 1] === 0x0a) return lf;
  if (window[lf - 1] === 0x0d && window[lf - 2] === 0x0a) return lf - 1;
  return lf + 1;
}

function lastMessageEnd(window: Buffer, windowStart: number, start: number): number {
  const length = window.length;
  const end =
    window[length - 1] === 0x0a && length > 1
      ? windowStart + messageEnd(window, length - 1)
      : windowStart + length;
  return Math.max(start, end);
}

async function readRange(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.alloc(end - start);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
  return bytes.subarray(0, bytesRead);
}

function unescapeFromLines(bytes: Buffer): Buffer {
  if (!bytes.includes(">From ")) return bytes;
  return Buffer.from(bytes.toString("latin1").replace(/(^|\n)>(>*From )/g, "$1$2"), "latin1");
}
