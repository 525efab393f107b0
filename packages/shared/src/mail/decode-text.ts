import { TextDecoder } from "node:util";
import type { DefectList } from "./defect-list.ts";

/**
 * Whose label to believe first: "declared" for bytes as the sender wrote them, "utf8" for bytes that a provider
 * has transcoded to UTF-8 while it left the sender's charset label in place (Gmail does).
 */
export type CharsetTrust = "declared" | "utf8";

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });
const lossyUtf8 = new TextDecoder("utf-8");
const windows1252 = new TextDecoder("windows-1252");

/** Decoders that were asked for once; null: the label names nothing that can be decoded. */
const strictDecoders = new Map<string, TextDecoder | null>();
const strictDecodersMax = 500;

/** 7-bit charsets that switch by escape sequences: their bytes look like ASCII, so UTF-8 would never refuse. */
const isStateful = /^(cs)?iso-?2022/;
const escapeByte = 0x1b;

/**
 * Decodes a text part. Never throws: what fits no charset comes out as windows-1252, which has a character for
 * every byte, and a defect says so.
 */
export function decodeText(
  bytes: Uint8Array,
  charset: string | null,
  trust: CharsetTrust,
  defects: DefectList,
): string {
  const label = normalizeCharset(charset);
  if (isStateful.test(label)) {
    const text = bytes.includes(escapeByte) ? tryDecode(label, bytes) : null;
    if (text !== null) return text;
  }
  if (trust === "declared" && label !== "" && label !== "us-ascii") {
    const text = tryDecode(label, bytes);
    if (text !== null) return text;
  }
  const utf8 = tryUtf8(bytes);
  if (utf8 !== null) {
    if (trust === "declared" && !isAsciiOrUtf8(label)) noteWrongCharset(label, "UTF-8", defects);
    return utf8;
  }
  const declared = isAsciiOrUtf8(label) ? null : tryDecode(label, bytes);
  if (declared !== null) return declared;
  return decodeBroken(bytes, label, defects);
}

/** Decodes one header line or name that holds 8-bit bytes: UTF-8 if it is that, else windows-1252. */
export function decodeHeaderBytes(bytes: Uint8Array): string {
  return tryUtf8(bytes) ?? windows1252.decode(bytes);
}

/**
 * Text that says UTF-8 and is not quite: keep it as UTF-8 when most of its 8-bit characters are sound (one byte
 * was damaged), else read it as windows-1252 (the label was wrong).
 */
function decodeBroken(bytes: Uint8Array, label: string, defects: DefectList): string {
  if (label === "utf-8" || label === "utf8") {
    const lossy = lossyUtf8.decode(bytes);
    if (mostlySound(lossy)) {
      defects.add("A text part holds bytes that are not UTF-8, stored as U+FFFD.");
      return lossy;
    }
  }
  noteWrongCharset(label, "windows-1252", defects);
  return windows1252.decode(bytes);
}

function mostlySound(text: string): boolean {
  let broken = 0;
  let sound = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0xfffd) broken++;
    else if (unit > 0x7f) sound++;
  }
  return sound >= broken;
}

function isAsciiOrUtf8(label: string): boolean {
  return label === "" || label === "us-ascii" || label === "utf-8" || label === "utf8";
}

function noteWrongCharset(label: string, used: string, defects: DefectList): void {
  const declared = label === "" ? "no charset" : `the charset "${label.slice(0, 40)}"`;
  defects.add(`A text part declares ${declared}, which does not fit its bytes; read as ${used}.`);
}

function normalizeCharset(charset: string | null): string {
  return (charset ?? "").trim().toLowerCase().replace(/^"|"$/g, "");
}

function tryUtf8(bytes: Uint8Array): string | null {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return null;
  }
}

function tryDecode(label: string, bytes: Uint8Array): string | null {
  const decoder = strictDecoder(label);
  if (decoder === null) return null;
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** Mail writes some labels that the Encoding Standard does not list. */
const charsetAliases: Readonly<Record<string, string>> = {
  cp932: "shift_jis",
  ms932: "shift_jis",
  "windows-932": "shift_jis",
  "iso-2022-jp-1": "iso-2022-jp",
  "iso-2022-jp-2": "iso-2022-jp",
  "iso-2022-jp-ms": "iso-2022-jp",
  cp50220: "iso-2022-jp",
  cp50221: "iso-2022-jp",
  cp936: "gbk",
  ms936: "gbk",
  "windows-936": "gbk",
  cp949: "euc-kr",
  uhc: "euc-kr",
  cp950: "big5",
  "ansi_x3.4-1986": "us-ascii",
  "iso_646.irv:1991": "us-ascii",
  "iso646-us": "us-ascii",
  cp874: "windows-874",
};

function strictDecoder(label: string): TextDecoder | null {
  const known = strictDecoders.get(label);
  if (known !== undefined) return known;
  let decoder: TextDecoder | null = null;
  try {
    decoder = new TextDecoder(charsetAliases[label] ?? label, { fatal: true });
  } catch {
    decoder = null; // the runtime does not know the label
  }
  // A sender can make up labels without end; only so many are remembered.
  if (strictDecoders.size < strictDecodersMax) strictDecoders.set(label, decoder);
  return decoder;
}
