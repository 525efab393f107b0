import { Random } from "../random.ts";
import { base64Lines } from "./transfer-encode.ts";

/** Bytes of the pool before base64: a whole number of 57-byte lines. */
const POOL_LINES = 4_096;
const LINE_BYTES = 57;
/** 76 characters and a line break. */
const LINE_CHARACTERS = 78;

/** The first bytes of an attachment, so that its type can be recognised from its content. */
const MAGIC: Readonly<Record<string, string>> = {
  "application/pdf": "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
  "image/png": "\x89PNG\r\n\x1a\n",
  "image/jpeg": "\xff\xd8\xff\xe0\x00\x10JFIF\x00",
  "application/zip": "PK\x03\x04\x14\x00\x00\x00\x08\x00",
};

/**
 * Base64 lines for about `bytes` bytes of content that looks random, the same for the same arguments.
 * Cut from one pool: an attachment of a megabyte costs a few string slices, not a million random numbers.
 */
export function fillerBase64(mimeType: string, bytes: number, random: Random): string {
  const head = Buffer.alloc(LINE_BYTES, random.next().toString(36).padEnd(8, "x"));
  head.write(MAGIC[mimeType] ?? "", "latin1");
  let lines = base64Lines(head);
  let linesLeft = Math.max(1, Math.floor(bytes / LINE_BYTES) - 1);
  while (linesLeft > 0) {
    const start = random.below(POOL_LINES);
    const taken = Math.min(linesLeft, POOL_LINES - start);
    lines += pool().slice(start * LINE_CHARACTERS, (start + taken) * LINE_CHARACTERS);
    linesLeft -= taken;
  }
  return lines;
}

/** Some base64 characters without line breaks, for signatures: at most 76. */
export function fillerToken(characters: number, random: Random): string {
  const start = random.below(POOL_LINES) * LINE_CHARACTERS;
  return pool().slice(start, start + Math.min(characters, LINE_CHARACTERS - 2));
}

let poolText: string | undefined;

function pool(): string {
  if (poolText === undefined) {
    const random = new Random(0x6d696c6c);
    const bytes = Buffer.alloc(POOL_LINES * LINE_BYTES);
    for (let at = 0; at + 4 <= bytes.length; at += 4) bytes.writeUInt32LE(random.next(), at);
    poolText = base64Lines(bytes);
  }
  return poolText;
}
