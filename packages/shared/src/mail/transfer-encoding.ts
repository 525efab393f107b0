/** Undoes a Content-Transfer-Encoding. Never throws: what is no code stays as it stands, or is passed over. */
export function decodeTransfer(encoded: Buffer, encoding: string): Buffer {
  if (encoding === "base64") return decodeBase64(encoded);
  if (encoding === "quoted-printable") return decodeQuotedPrintable(encoded);
  return encoded;
}

/** The size that `decodeTransfer` would give, in bytes, without the memory: attachments are only measured. */
export function decodedSize(encoded: Buffer, encoding: string): number {
  if (encoding === "base64") return Math.floor((countBase64(encoded) * 3) / 4);
  if (encoding === "quoted-printable") return decodeQuotedPrintable(encoded).length;
  return encoded.length;
}

const isBase64 = new Uint8Array(256);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
  isBase64[char.charCodeAt(0)] = 1;
}

function countBase64(encoded: Buffer): number {
  let count = 0;
  for (let i = 0; i < encoded.length; i++) count += isBase64[encoded[i] as number] as number;
  return count;
}

/** Some mailers pad every line: padding ends a unit, and what follows it is decoded on its own. */
function decodeBase64(encoded: Buffer): Buffer {
  const text = encoded.toString("latin1");
  const padding = text.indexOf("=");
  if (padding === -1 || /^[\s=]*$/.test(text.slice(padding))) return Buffer.from(text, "base64");
  return Buffer.concat(text.split(/=+/).map((unit) => Buffer.from(unit, "base64")));
}

const equals = 0x3d;
const lineFeed = 0x0a;

function decodeQuotedPrintable(encoded: Buffer): Buffer {
  let escapeAt = encoded.indexOf(equals);
  if (escapeAt === -1) return encoded;
  const decoded = Buffer.allocUnsafe(encoded.length);
  let length = 0;
  let from = 0;
  while (escapeAt !== -1) {
    length += encoded.copy(decoded, length, from, escapeAt);
    const byte = hexByte(encoded[escapeAt + 1], encoded[escapeAt + 2]);
    const lineEnd = byte === -1 ? softBreakEnd(encoded, escapeAt + 1) : -1;
    if (byte !== -1) {
      decoded[length++] = byte;
      from = escapeAt + 3;
    } else if (lineEnd !== -1) {
      from = lineEnd;
    } else {
      decoded[length++] = equals;
      from = escapeAt + 1;
    }
    escapeAt = encoded.indexOf(equals, from);
  }
  length += encoded.copy(decoded, length, from);
  return decoded.subarray(0, length);
}

const softBreakBlanksMax = 80;

/** After the line end that "=" breaks softly, blanks between allowed; -1 when it is no soft break. */
function softBreakEnd(encoded: Buffer, from: number): number {
  for (let i = from; i < encoded.length && i < from + softBreakBlanksMax; i++) {
    const byte = encoded[i];
    if (byte === lineFeed) return i + 1;
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return -1;
  }
  return encoded.length - from < softBreakBlanksMax ? encoded.length : -1;
}

function hexByte(high: number | undefined, low: number | undefined): number {
  const upper = hexDigit(high);
  const lower = hexDigit(low);
  return upper === -1 || lower === -1 ? -1 : upper * 16 + lower;
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
