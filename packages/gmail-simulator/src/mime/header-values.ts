import { decodeText } from "./decode-text.ts";
import { decodeQuotedPrintable } from "./decode-transfer.ts";

/** A value like `text/plain; charset="utf-8"`: lower-case value and parameter names, decoded parameters. */
export interface ParameterisedValue {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Parses Content-Type and Content-Disposition with the extensions of RFC 2231. Never throws. */
export function parseParameterised(text: string): ParameterisedValue {
  const bounded = text.slice(0, PARAMETERS_CHARACTERS_MAX);
  const semicolon = bounded.indexOf(";");
  const value = (semicolon === -1 ? bounded : bounded.slice(0, semicolon)).trim().toLowerCase();
  const plain = new Map<string, string>();
  if (semicolon !== -1) {
    PARAMETER_PATTERN.lastIndex = semicolon;
    for (
      let match = PARAMETER_PATTERN.exec(bounded);
      match !== null;
      match = PARAMETER_PATTERN.exec(bounded)
    ) {
      const name = (match[1] ?? "").toLowerCase();
      const content = match[2]?.replace(/\\(.)/gs, "$1") ?? match[3] ?? "";
      if (!plain.has(name)) plain.set(name, content.trim());
    }
  }
  return { value, parameters: joinContinuations(plain) };
}

/**
 * Decodes RFC 2047 encoded words. In an address header a decoded name with special characters is put in quotes,
 * so that the value still parses as the same addresses.
 */
export function decodeWords(value: string, isAddressHeader: boolean): string {
  if (!value.includes("=?")) return value;
  let decoded = "";
  let last = 0;
  let inQuotes = false;
  for (const match of value.matchAll(WORDS_PATTERN)) {
    const before = value.slice(last, match.index);
    const text = decodeRun(match[0]);
    if (before.split('"').length % 2 === 0) inQuotes = !inQuotes;
    const special = isAddressHeader && /[()<>[\]:;@\\,."]/.test(text);
    decoded += before + (special ? quote(text, inQuotes) : text);
    last = match.index + match[0].length;
    if (decoded.length > DECODED_CHARACTERS_MAX) break;
  }
  return decoded + value.slice(last);
}

const PARAMETERS_CHARACTERS_MAX = 65_536;
/** Beyond this a header is no longer decoded but passed on: nobody encodes a megabyte of names honestly. */
const DECODED_CHARACTERS_MAX = 65_536;
const PARAMETER_PATTERN = /;\s*([^\s=;"]{1,100})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))/gs;
const WORD = "=\\?[^?\\s]{1,60}\\?[bBqQ]\\?[^?]{0,2000}\\?=";
const WORDS_PATTERN = new RegExp(`${WORD}(?:\\s{1,20}${WORD})*`, "g");
const WORD_PATTERN = /=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,2000})\?=/g;

function quote(text: string, inQuotes: boolean): string {
  const escaped = text.replace(/["\\]/g, "\\$&");
  return inQuotes ? escaped : `"${escaped}"`;
}

/** Neighbouring words of one charset are joined as bytes: senders split characters between them. */
function decodeRun(run: string): string {
  let text = "";
  let charset = "";
  let pending: Buffer[] = [];
  const flush = (): void => {
    if (pending.length > 0) text += decodeText(Buffer.concat(pending), charset);
    pending = [];
  };
  for (const [, label = "", encoding = "", content = ""] of run.matchAll(WORD_PATTERN)) {
    const wordCharset = (label.split("*")[0] ?? label).toLowerCase();
    if (wordCharset !== charset) flush();
    charset = wordCharset;
    const isBase64 = encoding.toLowerCase() === "b";
    pending.push(
      isBase64
        ? Buffer.from(content, "base64")
        : decodeQuotedPrintable(Buffer.from(content.replaceAll("_", "=20"), "latin1")),
    );
  }
  flush();
  return text;
}

/** `name*0*=utf-8''a%20b; name*1=c` becomes `name` (RFC 2231, 3 and 4). */
function joinContinuations(plain: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const joined = new Map<string, string>();
  const pieces = new Map<string, { order: number; text: string; encoded: boolean }[]>();
  for (const [name, content] of plain) {
    const match = /^([^*]+)\*(?:(\d{1,3})(\*)?)?$/.exec(name);
    if (match === null) joined.set(name, decodeWords(content, false));
    else {
      const base = match[1] ?? name;
      const list = pieces.get(base) ?? [];
      list.push({
        order: Number(match[2] ?? 0),
        text: content,
        encoded: match[2] === undefined || match[3] === "*",
      });
      pieces.set(base, list);
    }
  }
  for (const [name, list] of pieces) joined.set(name, decodePieces(list));
  return joined;
}

function decodePieces(list: { order: number; text: string; encoded: boolean }[]): string {
  list.sort((a, b) => a.order - b.order);
  let charset: string | null = null;
  const bytes = list.map((piece, index) => {
    let text = piece.text;
    const prefix = index === 0 && piece.encoded ? /^([^']*)'[^']*'/.exec(text) : null;
    if (prefix !== null) {
      charset = prefix[1] || null;
      text = text.slice(prefix[0].length);
    }
    const binary = piece.encoded
      ? text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      : text;
    // A character beyond one byte was decoded before; keep it as UTF-8.
    return /^[\0-\xff]*$/.test(binary) ? Buffer.from(binary, "latin1") : Buffer.from(binary, "utf8");
  });
  return decodeText(Buffer.concat(bytes), charset);
}
