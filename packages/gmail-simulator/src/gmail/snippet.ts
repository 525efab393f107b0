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
  const words = text.replace(/[\s\ufffd\0]+/g, " ").trim();
  const characters =
    words.length > SNIPPET_CHARACTERS ? [...words].slice(0, SNIPPET_CHARACTERS).join("") : words;
  return characters
    .toWellFormed()
    .trim()
    .replace(/[&<>"']/g, (one) => ESCAPES[one] ?? one);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
