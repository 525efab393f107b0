import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type MimePart, scanParts, walkParts } from "./scan-parts.ts";

const scan = (text: string): MimePart => scanParts(Buffer.from(text.replaceAll("\n", "\r\n"), "latin1"));

function outline(part: MimePart): string {
  const children = part.parts.map(outline).join(" ");
  return `${part.partId}:${part.mimeType}${children === "" ? "" : `(${children})`}`;
}

function content(text: string, id: string): string {
  const bytes = Buffer.from(text, "latin1");
  const part = [...walkParts(scanParts(bytes))].find((one) => one.partId === id);
  return bytes.toString("latin1", part?.bodyStart, part?.bodyEnd);
}

describe("the part tree", () => {
  test("numbers parts as Gmail does, nested multiparts and messages included", () => {
    const tree = scan(
      "Content-Type: multipart/mixed; boundary=a\n\npreamble\n" +
        '--a\nContent-Type: multipart/alternative; boundary="b b"\n\n' +
        "--b b\n\nplain\n--b b\nContent-Type: text/HTML\n\n<p>\n--b b--\nepilogue\n" +
        "--a\nContent-Type: message/rfc822\n\nSubject: inner\nContent-Type: multipart/mixed; boundary=c\n\n" +
        "--c\n\none\n--c--\n--a\nContent-Type: image/png\n\nx\n--a--\n",
    );
    expect(outline(tree)).toBe(
      ":multipart/mixed(0:multipart/alternative(0.0:text/plain 0.1:text/html) " +
        "1:message/rfc822(1.0:multipart/mixed(1.0.0:text/plain)) 2:image/png)",
    );
  });

  test("a part's content stops before the line break of its boundary", () => {
    const message = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n\n--a\r\n\r\ntwo\r\n--a--";
    expect(content(message, "0")).toBe("one\n");
    expect(content(message, "1")).toBe("two");
  });

  test("a multipart that is cut off keeps what is there", () => {
    const message = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a\n\ntw";
    expect(content(message, "1")).toBe("tw");
  });

  test("text without headers is all body", () => {
    expect(content("no header here\nat all\n", "")).toBe("no header here\nat all\n");
    expect(content("", "")).toBe("");
    expect(content("\n\nbody", "")).toBe("\nbody");
  });

  test("a digest's parts are messages, and an encoded message is not looked into", () => {
    const digest = scan("Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: one\n\nbody\n--a--\n");
    expect(outline(digest)).toBe(":multipart/digest(0:message/rfc822(0.0:text/plain))");
    const encoded = scan("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdA==\n");
    expect(outline(encoded)).toBe(":message/rfc822");
  });

  test("filenames come from either header, in RFC 2231 and RFC 2047 forms", () => {
    const names = (header: string) => scan(`${header}\n\nx`).filename;
    expect(names('Content-Type: image/png; name="a b.png"')).toBe("a b.png");
    expect(names("Content-Disposition: attachment; filename*=utf-8''%e2%82%ac.txt")).toBe("€.txt");
    expect(names("Content-Disposition: attachment; filename*0=long; filename*1=name")).toBe("longname");
    expect(names('Content-Type: text/plain; name="=?utf-8?B?w6Q=?=.txt"')).toBe("ä.txt");
  });
});

describe("hostile mail", () => {
  test("nests to depth 500 and beyond without harm", () => {
    const deep = (depth: number): string => {
      let head = "";
      for (let n = 0; n < depth; n++) head += `Content-Type: multipart/mixed; boundary=b${n}\n\n--b${n}\n`;
      return `${head}\nbottom\n`;
    };
    expect([...walkParts(scan(deep(500)))]).toHaveLength(501);
    expect([...walkParts(scan(deep(5_000)))].length).toBeLessThanOrEqual(1_001);
  });

  test("a header of a megabyte is kept whole", () => {
    const long = "x".repeat(1_000_000);
    expect(scan(`Subject: ${long}\n\nbody`).headers[0]?.value).toHaveLength(1_000_000);
    const folded = scan(`Subject: start\n${" word\n".repeat(200_000)}\nbody`);
    expect(folded.headers[0]?.value).toHaveLength(5 + 200_000 * 5);
  });

  test("takes time in proportion to size, for lines that look like boundaries", () => {
    const head = "Content-Type: multipart/mixed; boundary=a\n\n";
    const started = performance.now();
    for (const line of ["--a\n", "--\n", "\n--b", "--a--\n", "-", "--a\nContent-Type: message/rfc822\n\n"])
      scanParts(Buffer.from(head + line.repeat(Math.floor(3_000_000 / line.length)), "latin1"));
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test("any bytes give a tree whose parts lie inside the message and inside their parent", () => {
    const piece = fc.oneof(
      fc.constantFrom("\n", "\r\n", "--a", "--a--", "--b", "Content-Type: multipart/mixed; boundary=a", "\0"),
      fc.constantFrom(
        "Content-Type: message/rfc822",
        "Content-Type: multipart/digest; boundary=b",
        ": ",
        " ",
      ),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const bytes = Buffer.from(`Content-Type: multipart/mixed; boundary=a\n\n${pieces.join("")}`);
        for (const part of walkParts(scanParts(bytes))) {
          expect(part.bodyStart).toBeLessThanOrEqual(part.bodyEnd);
          expect(part.bodyEnd).toBeLessThanOrEqual(bytes.length);
          for (const child of part.parts) {
            expect(child.bodyStart).toBeGreaterThanOrEqual(part.bodyStart);
            expect(child.bodyEnd).toBeLessThanOrEqual(Math.max(part.bodyEnd, child.bodyStart));
          }
        }
      }),
    );
  });
});
