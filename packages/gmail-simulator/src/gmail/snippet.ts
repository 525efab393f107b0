import { decodeText } from "../mime/decode-text.ts";
import { decodeTransfer } from "../mime/decode-transfer.ts";
import { type MimePart, walkParts } from "../mime/scan-parts.ts";

/** The first words of a message's text, escaped for HTML as Gmail's snippets are. At most 200 characters. */
export function makeSnippet(root: MimePart, bytes: Buffer): string {
  let html: MimePart | null = null;
  for (const part of walkParts(root)) {
    if (part.parts.length > 0 || part.filename !== "") continue;
    if (part.mimeType === "text/plain") return cut(readStart(part, bytes));
    if (part.mimeType === "text/html") html ??= part;
  }
  return html === null ? "" : cut(readStart(html, bytes).replace(TAGS, " "));
}

/** Enough encoded bytes to hold a snippet, whatever the encoding; a multiple of base64's four. */
const START_BYTES = 2_048;
const SNIPPET_CHARACTERS = 200;
const TAGS = /<(?:style|script|head)[^>]{0,500}>[\s\S]*?<\/(?:style|script|head)>|<[^>]{0,1000}>/gi;

function readStart(part: MimePart, bytes: Buffer): string {
  const stop = Math.min(part.bodyEnd, part.bodyStart + START_BYTES);
  const decoded = decodeTransfer(bytes.subarray(part.bodyStart, stop), part.transferEncoding);
  return decodeText(decoded, part.charset);
}

function cut(text: string): string {
  const words = text.slice(0, SPACED_CHARACTERS).replace(BLANKS, " ").trim();
  return words
    .slice(0, SNIPPET_CHARACTERS)
    .toWellFormed()
    .replace(SPECIAL, (one) => ESCAPES[one] ?? " ")
    .trim();
}

/** Of text that may be mostly white space, this much is looked at. */
const SPACED_CHARACTERS = 600;
const BLANKS = /[\s\0\ufffd]{2,}|[\r\n\t\0\ufffd]/g;
const SPECIAL = /[&<>"'\ufffd]/g;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
