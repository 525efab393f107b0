/** Undoes a Content-Transfer-Encoding; unknown ones, 7bit, 8bit and binary are the identity. Never throws. */
export function decodeTransfer(bytes: Buffer, encoding: string): Buffer {
  if (encoding === "base64") return Buffer.from(bytes.toString("latin1"), "base64");
  if (encoding === "quoted-printable") return decodeQuotedPrintable(bytes);
  return bytes;
}

/** Quoted-printable to bytes (RFC 2045, 6.7); an equals sign that starts no valid escape stays as it is. */
export function decodeQuotedPrintable(bytes: Buffer): Buffer {
  let equals = bytes.indexOf(EQUALS);
  if (equals === -1) return bytes;
  const decoded = Buffer.allocUnsafe(bytes.length);
  let written = 0;
  let at = 0;
  while (equals !== -1) {
    written += bytes.copy(decoded, written, at, equals);
    at = equals + 1;
    const value = hexDigit(bytes[at]) * 16 + hexDigit(bytes[at + 1]);
    const softBreak = softBreakLength(bytes, at);
    if (value >= 0) {
      decoded[written++] = value;
      at += 2;
    } else if (softBreak > 0) at += softBreak;
    else decoded[written++] = EQUALS;
    equals = bytes.indexOf(EQUALS, at);
  }
  written += bytes.copy(decoded, written, at);
  return decoded.subarray(0, written);
}

const EQUALS = 0x3d;
/** Not a digit: negative enough that no sum with it is a byte. */
const NO_DIGIT = -1_000;

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return NO_DIGIT;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : NO_DIGIT;
}

/** How many bytes of a soft line break follow the equals sign; 0 when there is none. */
function softBreakLength(bytes: Buffer, at: number): number {
  let stop = at;
  while (bytes[stop] === 0x20 || bytes[stop] === 0x09) stop++;
  if (bytes[stop] === 0x0d && bytes[stop + 1] === 0x0a) return stop + 2 - at;
  if (bytes[stop] === 0x0a) return stop + 1 - at;
  return stop >= bytes.length ? stop - at : 0;
}
