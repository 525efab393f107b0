import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeTransferStream } from "./decode-transfer-stream.ts";
import { decodeTransfer } from "./transfer-encoding.ts";

async function decode(encoded: Buffer, encoding: string, sizes: readonly number[]): Promise<Buffer> {
  async function* pieces(): AsyncGenerator<Buffer> {
    let at = 0;
    for (const size of [...sizes, encoded.length]) {
      yield encoded.subarray(at, at + size);
      at += size;
    }
  }
  const decoded: Buffer[] = [];
  for await (const piece of decodeTransferStream(pieces(), encoding)) decoded.push(piece);
  return Buffer.concat(decoded);
}

/** Lines as mailers write them, and as none should. */
const line = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("base64")),
  fc.constantFrom("=", "==", "=3D", "=3", "= ", "=\t ", "=C3=BC", "abc=", "x", "", "*#-_"),
  fc.string({ maxLength: 20 }),
);
const encodedText = fc
  .array(fc.tuple(line, fc.constantFrom("\r\n", "\n", "")), { maxLength: 20 })
  .map((lines) => Buffer.from(lines.flat().join(""), "latin1"));

it.each(["base64", "quoted-printable", "8bit", ""])(
  "%s: pieces decode to what the whole decodes to, wherever it is cut",
  async (encoding) => {
    await fc.assert(
      fc.asyncProperty(encodedText, fc.array(fc.nat(30), { maxLength: 30 }), async (encoded, sizes) => {
        const whole = decodeTransfer(encoded, encoding);
        expect((await decode(encoded, encoding, sizes)).toString("hex")).toBe(whole.toString("hex"));
      }),
      { numRuns: 500 },
    );
  },
);
