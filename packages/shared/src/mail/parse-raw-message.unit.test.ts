import { describe, expect, it } from "vitest";
import { mailLimits } from "./mail-limits.ts";
import { parseRawMessage } from "./parse-raw-message.ts";
import { findUnstorable, testEnvelope } from "./testing/storable-message.ts";

const parse = (message: string | Uint8Array) =>
  parseRawMessage(typeof message === "string" ? Buffer.from(message, "latin1") : message, testEnvelope);

const multipart = (boundary: string, ...parts: string[]) =>
  `Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n${parts
    .map((part) => `--${boundary}\r\n${part}\r\n`)
    .join("")}--${boundary}--\r\n`;

const nested = (depth: number) =>
  Array.from(
    { length: depth },
    (_, i) => `Content-Type: multipart/mixed; boundary=b${i}x\r\n\r\n--b${i}x\r\n`,
  ).join("");

describe("what is body and what is attachment", () => {
  it("takes alternatives as bodies, appends further inline text, and numbers attachments by their place", () => {
    const alternative = `Content-Type: multipart/alternative; boundary=alt\r\n\r\n--alt\r\n\r\nplain\r\n--alt\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--alt--\r\n`;
    const message = parse(
      multipart(
        "mix",
        alternative,
        "Content-Type: text/plain\r\n\r\nfooter",
        "Content-Type: text/plain; name=notes.txt\r\n\r\nnamed",
        "Content-Type: text/html\r\nContent-Disposition: attachment\r\n\r\nsaved page",
        'Content-Type: IMAGE/Png\r\nContent-ID: <i@x>\r\nContent-Disposition: inline; filename="=?utf-8?Q?=C3=A4.png?="\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC',
        "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner body",
      ),
    );
    expect(message.text).toBe("plain\nfooter");
    expect(message.html).toBe("<p>html</p>");
    expect(
      message.attachments.map((a) => [a.partId, a.mimeType, a.filename, a.disposition, a.sizeBytes]),
    ).toEqual([
      ["2", "text/plain", "notes.txt", null, 5],
      ["3", "text/html", null, "attachment", 10],
      ["4", "image/png", "ä.png", "inline", 3],
      ["5", "message/rfc822", null, null, 28],
    ]);
    expect(message.attachments[2]?.contentId).toBe("<i@x>");
  });

  it("leaves text null when there is only HTML, and shows a text that is the whole message despite a filename", () => {
    expect(parse("Content-Type: text/html\r\n\r\n<p>x</p>")).toMatchObject({
      text: null,
      html: "<p>x</p>",
    });
    const named = parse("Content-Type: text/plain\r\nContent-Disposition: inline; filename=a.txt\r\n\r\nx");
    expect(named).toMatchObject({ text: "x", attachments: [] });
  });
});

describe("broken mail is stored, never lost", () => {
  it("NUL bytes and undecodable bytes", () => {
    const message = parse("Subject: a\0b\r\nFrom: \0 <x\0@example.com>\r\n\r\nc\0d \xe9\r\n");
    expect(message).toMatchObject({ subject: "a\uFFFDb", text: "c\uFFFDd é" });
    expect(findUnstorable(message)).toEqual([]);
  });

  it("no headers, no body, no bytes, no date", () => {
    expect(parse("\r\njust text")).toMatchObject({ headers: [], text: "just text", subject: null });
    expect(parse("")).toMatchObject({ headers: [], sentAt: null, from: [] });
    expect(parse("No header here.\r\n\r\nMore.")).toMatchObject({
      headers: [],
      text: "No header here.\n\nMore.",
    });
    expect(parse("Subject: x\r\n\r\n").defects).toEqual(["The message has no Date header."]);
    const absurd = parse("Date: Mon, 1 Jan 0001 00:00:00 +0000\r\n\r\n");
    expect(absurd.defects).toEqual(["The Date header cannot be read, or is absurd."]);
  });

  it("a multipart whose boundary is lost keeps its content as text", () => {
    const message = parse("Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nhello\r\n--x--\r\n");
    expect(message.text).toContain("hello");
    expect(message.defects).toContain("A multipart has no parts; its content is kept as text.");
  });

  it.each([500, 5_000])("nested to depth %i", (depth) => {
    let message = "Subject: deep\r\n";
    for (let i = 0; i < depth; i++)
      message += `Content-Type: multipart/mixed; boundary=b${i}x\r\n\r\n--b${i}x\r\n`;
    const parsed = parse(`${message}\r\nbottom\r\n`);
    expect(parsed.subject).toBe("deep");
    expect(parsed.text).toContain("bottom");
    if (depth <= mailLimits.nestingDepthMax)
      expect(parsed.defects).toEqual(["The message has no Date header."]);
    else expect(parsed.defects.join()).toContain("nested deeper");
    expect(parsed.raw).not.toBeNull();
  });

  it("a header of 1 MB is kept whole; beyond the bound it is cut and noted", () => {
    const long = "x".repeat(1024 * 1024);
    const kept = parse(`X-Long: ${long}\r\nSubject: s\r\n\r\n`);
    expect(kept.headers).toEqual([
      ["X-Long", long],
      ["Subject", "s"],
    ]);
    const cut = parse(`X-Long: ${long.repeat(3)}\r\nSubject: s\r\n\r\n`);
    expect(cut.headers[0]?.[1].length).toBeLessThanOrEqual(mailLimits.headerCharsMax);
    expect(cut.defects.join()).toContain("X-Long is cut");
    expect(cut.subject).toBe("s");
  });
});

describe("a body beyond the bound", () => {
  it.each([
    ["utf-8 in lines", "utf-8", "grüße aus 東京\r\n"],
    ["utf-8 in one line", "utf-8", "東"],
    ["gb18030 in lines", "gb18030", "\xd6\xd0\xce\xc4\n"],
  ])(
    "is cut between two characters, and noted: %s",
    (_name, charset, unit) => {
      const encoded = charset === "utf-8" ? Buffer.from(unit) : Buffer.from(unit, "latin1");
      const body = Buffer.alloc(25 * 1024 * 1024, encoded);
      const parsed = parse(
        Buffer.concat([Buffer.from(`Content-Type: text/plain; charset=${charset}\r\n\r\n`), body]),
      );
      expect(parsed.text?.length).toBeGreaterThan(5_000_000);
      expect(parsed.text?.length).toBeLessThanOrEqual(mailLimits.bodyCharsMax);
      expect(parsed.text).not.toMatch(/\uFFFD|Ö/);
      expect(parsed.defects.filter((defect) => !defect.includes("Date"))).toEqual([
        `The text body is cut to ${mailLimits.bodyCharsMax} characters.`,
      ]);
    },
    30_000,
  );
});

describe("time grows with the size of the message only", () => {
  const word = `=?utf-8?B?${Buffer.from("abcdef").toString("base64")}?=`;
  it.each([
    ["a 5 MB line", `\r\n${"x".repeat(5_000_000)}`],
    ["a 5 MB body of empty lines", `\r\n${"\r\n".repeat(2_500_000)}`],
    [
      "5 MB of quoted-printable",
      `Content-Transfer-Encoding: quoted-printable\r\n\r\n${"=3D".repeat(1_700_000)}`,
    ],
    ["a 1 MB subject of encoded words", `Subject: ${`${word}\r\n `.repeat(50_000)}\r\n\r\n`],
    ["a 1 MB header of fold lines", `X: ${"a\r\n ".repeat(250_000)}\r\n\r\n`],
    ["50,000 headers", `${"A: b\r\n".repeat(50_000)}\r\n`],
    ["100,000 recipients", `To: ${"Ann <a@example.com>,\r\n ".repeat(100_000)}\r\n\r\n`],
    ["1 MB of opening parentheses", `To: ${"(".repeat(1_000_000)}\r\n\r\n`],
    ["100,000 groups", `To: ${"g:".repeat(100_000)}\r\n\r\n`],
    ["a 1 MB content type", `Content-Type: text/plain; ${"a=b; ".repeat(200_000)}\r\n\r\n`],
    ["100,000 parts", multipart("m", ...Array.from({ length: 100_000 }, () => "\r\nx"))],
    ["100,000 parts without an empty line", multipart("m", ...Array.from({ length: 100_000 }, () => "A: x"))],
    ["2 MB of lines that look like delimiters, 500 deep", `${nested(500)}\r\n${"--\r\n".repeat(500_000)}`],
    ["5 MB of padded base64 lines", `Content-Transfer-Encoding: base64\r\n\r\n${"QQ==\r\n".repeat(800_000)}`],
    [
      "5 MB of soft line breaks",
      `Content-Transfer-Encoding: quoted-printable\r\n\r\n${"=\r\n".repeat(1_700_000)}`,
    ],
    [
      "5 MB of blanks after an equals sign",
      `Content-Transfer-Encoding: quoted-printable\r\n\r\n=${"= ".repeat(2_500_000)}`,
    ],
  ])(
    "%s",
    (_name, message) => {
      const bytes = Buffer.from(message, "latin1");
      const startedAt = performance.now();
      const parsed = parseRawMessage(bytes, testEnvelope);
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      expect(parsed.rawSha256).toHaveLength(64);
    },
    30_000,
  );
});
