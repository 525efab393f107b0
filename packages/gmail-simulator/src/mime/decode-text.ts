import { isAscii, isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";

/**
 * Text bytes as a string: by the declared charset; without one (or with one that nobody knows) as UTF-8 when
 * the bytes are that, else as windows-1252. Never throws; what cannot be decoded becomes U+FFFD.
 */
export function decodeText(bytes: Buffer, charset: string | null): string {
  const decoder = charset === null ? null : findDecoder(charset);
  if (decoder !== null) return decoder.decode(bytes);
  return isUtf8(bytes) ? bytes.toString("utf8") : (findDecoder("windows-1252")?.decode(bytes) ?? "");
}

/** Text bytes as UTF-8, the way Gmail hands out text parts whatever their charset was. */
export function transcodeToUtf8(bytes: Buffer, charset: string | null): Buffer {
  const label = charset?.toLowerCase() ?? "utf-8";
  if (UTF8_LABELS.has(label) && isUtf8(bytes)) return bytes;
  if (isAscii(bytes) && !label.startsWith("iso-2022") && label !== "utf-16" && label !== "utf-7")
    return bytes;
  return Buffer.from(decodeText(bytes, charset), "utf8");
}

const UTF8_LABELS: ReadonlySet<string> = new Set(["utf-8", "utf8", "us-ascii", "ascii"]);
/** Labels come from mail, so the cache must not grow with what senders make up. */
const DECODERS_MAX = 200;
const decoders = new Map<string, TextDecoder | null>();

function findDecoder(charset: string): TextDecoder | null {
  const label = charset.trim().toLowerCase();
  const known = decoders.get(label);
  if (known !== undefined) return known;
  let decoder: TextDecoder | null = null;
  try {
    decoder = new TextDecoder(label === "us-ascii" ? "utf-8" : label, { ignoreBOM: true });
  } catch {
    // An unknown label is mail's everyday: decodeText falls back.
  }
  if (decoders.size < DECODERS_MAX) decoders.set(label, decoder);
  return decoder;
}
