import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { base64Lines, quotedPrintable } from "../generate/transfer-encode.ts";
import { transcodeToUtf8 } from "./decode-text.ts";
import { decodeTransfer } from "./decode-transfer.ts";
import { decodeWords, parseParameterised } from "./header-values.ts";

const bytes = fc.uint8Array({ maxLength: 500 }).map((array) => Buffer.from(array));

describe("transfer encodings", () => {
  test("what is encoded in quoted-printable or base64 decodes to the same bytes", () => {
    fc.assert(
      fc.property(bytes, (content) => {
        const binary = content.toString("latin1");
        const qp = quotedPrintable(binary);
        expect(Math.max(...qp.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(76);
        expect(decodeTransfer(Buffer.from(qp, "latin1"), "quoted-printable").equals(content)).toBe(true);
        expect(decodeTransfer(Buffer.from(base64Lines(content)), "base64").equals(content)).toBe(true);
      }),
    );
  });

  test("broken quoted-printable keeps its characters", () => {
    expect(decodeTransfer(Buffer.from("a=zz=4=\r\nb= \nc=e4=4"), "quoted-printable").toString("latin1")).toBe(
      "a=zz=4bc\xe4=4",
    );
  });

  test("nothing throws for any bytes and any encoding", () => {
    fc.assert(
      fc.property(
        bytes,
        fc.constantFrom("base64", "quoted-printable", "8bit", "x-what"),
        (content, encoding) => {
          expect(Buffer.isBuffer(decodeTransfer(content, encoding))).toBe(true);
        },
      ),
    );
  });
});

describe("charsets", () => {
  test("text becomes UTF-8 by its charset, and by what it looks like when the charset is unknown", () => {
    const utf8 = (binary: string, charset: string | null) =>
      transcodeToUtf8(Buffer.from(binary, "latin1"), charset).toString("utf8");
    expect(utf8("caf\xe9 \x80", "windows-1252")).toBe("café €");
    expect(utf8('\x1b$B$"\x1b(B', "ISO-2022-JP")).toBe("あ");
    expect(utf8("\xc3\xa4", "x-unknown")).toBe("ä");
    expect(utf8("\xe4", "x-unknown")).toBe("ä");
    expect(utf8("\xe4", null)).toBe("ä");
    expect(utf8("\xff\xfe", "utf-8")).toBe("\ufffd\ufffd");
  });
});

describe("header values", () => {
  test("encoded words decode, and neighbours join even in the middle of a character", () => {
    expect(decodeWords("=?utf-8?Q?a_=C3?= =?utf-8?Q?=A4?= b", false)).toBe("a ä b");
    expect(decodeWords("=?iso-2022-jp?B?GyRCJCIbKEI=?=", false)).toBe("あ");
    expect(decodeWords("a =?utf-8?X?no?= b", false)).toBe("a =?utf-8?X?no?= b");
  });

  test("a decoded name with special characters stays one name", () => {
    expect(decodeWords("=?utf-8?Q?Doe=2C_J=C3=B6rg?= <a@b>", true)).toBe('"Doe, Jörg" <a@b>');
    expect(decodeWords('"=?utf-8?Q?Doe=2C_J?=" <a@b>', true)).toBe('"Doe, J" <a@b>');
  });

  test("parameters survive quotes, escapes and any text", () => {
    const { value, parameters } = parseParameterised('Text/Plain; CHARSET="a\\"b"; x = y ;broken; z=1');
    expect([value, ...parameters]).toEqual(["text/plain", ["charset", 'a"b'], ["x", "y"], ["z", "1"]]);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseParameterised(text).parameters).toBeInstanceOf(Map);
        expect(typeof decodeWords(text, true)).toBe("string");
      }),
    );
  });
});
