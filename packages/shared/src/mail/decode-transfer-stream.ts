import { decodeTransfer } from "./transfer-encoding.ts";

/** A text without a line end is cut after so many bytes; such a line is no quoted-printable. */
const lineBytesMax = 1024 ** 2;
const lineFeed = 0x0a;

/** What `decodeTransfer` gives, piece by piece as the encoded content comes. */
export async function* decodeTransferStream(
  encoded: AsyncIterable<Buffer>,
  encoding: string,
): AsyncGenerator<Buffer> {
  if (encoding === "base64") yield* decodeBase64(encoded);
  else if (encoding === "quoted-printable") yield* decodeLines(encoded);
  else yield* encoded;
}

/** Padding ends a unit, and what follows it is decoded on its own. */
async function* decodeBase64(encoded: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let carry = "";
  for await (const piece of encoded) {
    const units = (carry + piece.toString("latin1").replace(/[^A-Za-z0-9+/=_-]/g, "")).split(/=+/);
    const last = units.pop() ?? "";
    const whole = last.length - (last.length % 4);
    carry = last.slice(whole);
    const decoded = [...units, last.slice(0, whole)].map((unit) => Buffer.from(unit, "base64"));
    const bytes = Buffer.concat(decoded);
    if (bytes.length > 0) yield bytes;
  }
  if (carry !== "") yield Buffer.from(carry, "base64");
}

/** Escapes and soft breaks end with their line at the latest. */
async function* decodeLines(encoded: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const piece of encoded) {
    const all = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const end = all.length > lineBytesMax ? all.length : all.lastIndexOf(lineFeed) + 1;
    if (end > 0) yield decodeTransfer(all.subarray(0, end), "quoted-printable");
    rest = Buffer.from(all.subarray(end));
  }
  if (rest.length > 0) yield decodeTransfer(rest, "quoted-printable");
}
