import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundaryOf, createMultipartParser, type MultipartPart } from "./multipart-parser.ts";

const bytesMax = 1_000_000;

function parseInChunks(body: Buffer, boundary: string, cuts: readonly number[], partBytesMax = bytesMax) {
  const parser = createMultipartParser(boundary, partBytesMax);
  const parts: MultipartPart[] = [];
  const ends = [...new Set(cuts.map((cut) => Math.min(cut, body.length)))].sort((a, b) => a - b);
  let start = 0;
  for (const end of [...ends, body.length]) {
    parts.push(...parser.push(body.subarray(start, end)));
    start = end;
  }
  return {
    bodies: parts.map((part) => part.body.toString("latin1")),
    parts,
    isComplete: parser.isComplete(),
  };
}

const encode = (bodies: readonly Buffer[], eol: string, boundary = "b_1", padding = "") =>
  Buffer.concat([
    ...bodies.flatMap((body) => [
      Buffer.from(`--${boundary}${padding}${eol}Content-ID: <x>${eol}${eol}`),
      body,
      Buffer.from(eol),
    ]),
    Buffer.from(`--${boundary}--${eol}epilogue --${boundary}${eol}`),
  ]);

/** Text that is rich in what looks like delimiters, and cannot contain one. */
const tricky = fc
  .array(
    fc.constantFrom(
      "\r",
      "\n",
      "\r\n",
      "-",
      "--",
      "--b",
      "--b_",
      "--b_1x",
      "x--b_1",
      "--b_1 -",
      "_1",
      "a",
      "\n--b_12\n",
    ),
  )
  .map((pieces) => pieces.join(""))
  .filter((text) => !/(^|\n)--b_1([ \t]*\r?\n|[ \t]*\r?$|--)/.test(`${text}\r\n`) && !text.endsWith("\r"))
  .map((text) => Buffer.from(text));

describe("a multipart answer", () => {
  it("has the same parts however its bytes are cut into chunks", () => {
    fc.assert(
      fc.property(
        fc.array(tricky, { maxLength: 6 }),
        fc.constantFrom("\r\n", "\n"),
        fc.constantFrom("", " ", "\t  "),
        fc.array(fc.nat(400)),
        (bodies, eol, padding, cuts) => {
          const body = encode(bodies, eol, "b_1", padding);
          const { bodies: parsed, isComplete } = parseInChunks(body, "b_1", cuts);
          expect(parsed).toEqual(bodies.map((part) => part.toString("latin1")));
          expect(isComplete).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  }, 30_000);

  it("has the same parts byte by byte", () => {
    const body = encode([Buffer.from("one"), Buffer.from(""), Buffer.from("\r\n\r\n")], "\r\n");
    const everyByte = Array.from({ length: body.length }, (_, i) => i);
    expect(parseInChunks(body, "b_1", everyByte).bodies).toEqual(["one", "", "\r\n\r\n"]);
  });

  it("gives the whole parts of an answer that is cut off anywhere, and is not complete", () => {
    const bodies = [Buffer.from("first"), Buffer.from("second"), Buffer.from("third")];
    const body = encode(bodies, "\r\n").subarray(0, -"epilogue --b_1\r\n\r\n".length);
    for (let end = 0; end < body.length; end++) {
      const { bodies: parsed, isComplete } = parseInChunks(body.subarray(0, end), "b_1", []);
      expect(["first", "second", "third"].slice(0, parsed.length)).toEqual(parsed);
      expect(isComplete).toBe(false);
    }
  });

  it("never throws on noise, whole or in pieces, and says the same of both", () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom("\r\n--b_1", "--", "\n\n", "HTTP/1.1 200\r\n"),
    );
    fc.assert(
      fc.property(fc.array(noise), fc.array(fc.nat(200)), (pieces, cuts) => {
        const body = Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
        expect(parseInChunks(body, "b_1", cuts).bodies).toEqual(parseInChunks(body, "b_1", []).bodies);
      }),
    );
  });

  it("has no parts when the boundary is another one", () => {
    expect(parseInChunks(encode([Buffer.from("x")], "\r\n"), "other", [])).toMatchObject({
      bodies: [],
      isComplete: false,
    });
  });

  it("cuts a part that is too long, with its headers kept, and reads the next one whole", () => {
    const body = encode([Buffer.alloc(5_000, "x"), Buffer.from("next")], "\r\n");
    const { parts } = parseInChunks(body, "b_1", [10, 200, 1_000], 1_000);
    expect(parts.map((part) => [part.isCut, part.headers.get("content-id")])).toEqual([
      [true, "<x>"],
      [false, "<x>"],
    ]);
    expect(parts[1]?.body.toString()).toBe("next");
  });

  it("takes linear time on megabytes of what looks like delimiters", () => {
    const body = Buffer.from("\r\n--b_1x".repeat(1_000_000));
    const startedAt = performance.now();
    parseInChunks(
      body,
      "b_1",
      Array.from({ length: 200 }, (_, i) => i * 65_536),
    );
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  }, 30_000);
});

describe("the boundary parameter", () => {
  it.each([
    ["multipart/mixed; boundary=batch_1", "batch_1"],
    ['multipart/mixed; boundary="batch 1;x\\"y"', 'batch 1;x"y'],
    ["Multipart/Mixed; charset=UTF-8; BOUNDARY=a", "a"],
    ["multipart/mixed", null],
    ["application/json; boundary=x", null],
    ["", null],
  ])("%s", (contentType, expected) => {
    expect(boundaryOf(contentType)).toBe(expected);
  });
});
