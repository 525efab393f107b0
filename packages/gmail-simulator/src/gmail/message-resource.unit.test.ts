import { describe, expect, test } from "vitest";
import { jsonAnswerWithContent } from "./answer.ts";
import { readAttachmentId, writeAttachmentId } from "./attachment-id.ts";
import { type MessageRendering, renderMessage } from "./message-resource.ts";

const envelope = {
  id: "1a",
  threadId: "1b",
  labelIds: ["INBOX"],
  historyId: "18446744073709551615",
  internalDateMs: 1_234,
};
const rendering: MessageRendering = {
  format: "full",
  metadataHeaders: [],
  inlineTextBytesMax: 1_000,
  attachmentIdOf: (partId) => `id-${partId}`,
};
const render = (message: string, options: Partial<MessageRendering> = {}) =>
  renderMessage(envelope, Buffer.from(message, "latin1"), { ...rendering, ...options });
const decode = (data: string | undefined) => Buffer.from(data ?? "", "base64url").toString("utf8");

describe("format full", () => {
  test("a text part is inline, in UTF-8, with its header left as it was sent", () => {
    const { payload } = render(
      "Subject: hi\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\ncaf\xe9\r\n",
    );
    expect(decode(payload?.body?.data)).toBe("café\r\n");
    expect(payload).toMatchObject({ partId: "", mimeType: "text/plain", filename: "", body: { size: 7 } });
    expect(payload?.headers).toEqual([
      { name: "Subject", value: "hi" },
      { name: "Content-Type", value: "text/plain; charset=iso-8859-1" },
    ]);
  });

  test("parts with a filename, and parts that are no text, come by attachmentId", () => {
    const { payload } = render(
      "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/plain; name=x.txt\n\nfile\n" +
        "--a\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAECAw==\n--a--\n",
    );
    expect(payload?.body).toEqual({ size: 0 });
    expect(payload?.parts?.map((part) => part.body)).toEqual([
      { attachmentId: "id-0", size: 4 },
      { attachmentId: "id-1", size: 4 },
    ]);
  });

  test("a long text part comes by attachmentId, without data", () => {
    const { payload } = render(`\n${"x".repeat(1_001)}`);
    expect(payload?.body).toEqual({ attachmentId: "id-", size: 1_001 });
  });

  test("an attached message is an attachment and shows its parts", () => {
    const { payload } = render("Content-Type: message/rfc822\n\nSubject: inner\n\nhello");
    expect(payload?.body).toEqual({ attachmentId: "id-", size: 21 });
    expect(decode(payload?.parts?.[0]?.body?.data)).toBe("hello");
  });

  test("a multipart without parts keeps its bytes", () => {
    const { payload } = render("Content-Type: multipart/mixed\n\nnothing here");
    expect(decode(payload?.body?.data)).toBe("nothing here");
  });

  test("a message nested to depth 500 can be written as JSON", () => {
    let head = "";
    for (let n = 0; n < 500; n++) head += `Content-Type: multipart/mixed; boundary=b${n}\n\n--b${n}\n`;
    expect(JSON.stringify(render(`${head}\nbottom`))).toContain(Buffer.from("bottom").toString("base64url"));
  });
});

describe("the other formats", () => {
  const message = "Subject: =?utf-8?Q?=C3=A4?=\r\nX-Y: 1\r\n\r\n<b> & 'body'\r\n\0\xff";
  test("metadata has headers and no body, and only the headers asked for", () => {
    expect(render(message, { format: "metadata" }).payload?.headers).toHaveLength(2);
    const only = render(message, { format: "metadata", metadataHeaders: ["subject"] });
    expect(only.payload).toEqual({ mimeType: "text/plain", headers: [{ name: "Subject", value: "ä" }] });
  });
  test("minimal has neither; a 64-bit historyId stays whole; the snippet is escaped", () => {
    expect(render(message, { format: "minimal" })).toEqual({
      id: "1a",
      threadId: "1b",
      labelIds: ["INBOX"],
      snippet: "&lt;b&gt; &amp; &#39;body&#39; ÿ",
      sizeEstimate: message.length,
      historyId: "18446744073709551615",
      internalDate: "1234",
    });
  });
});

test("content beside an object is one JSON, with padded base64url", () => {
  const content = Buffer.from("ä\0\xff>?", "latin1");
  const { body } = jsonAnswerWithContent({ id: "ä" }, "raw", content);
  const parsed = JSON.parse(body.toString()) as { id: string; raw: string };
  expect(parsed.id).toBe("ä");
  expect(parsed.raw.length % 4).toBe(0);
  expect(parsed.raw).not.toMatch(/[+/]/);
  expect(Buffer.from(parsed.raw, "base64url")).toEqual(content);
});

test("an attachment id differs in every answer, works, and only for its own message", () => {
  const [one, two] = [writeAttachmentId("m1", "0.1", 1), writeAttachmentId("m1", "0.1", 2)];
  expect(one).not.toBe(two);
  expect([one, two].map((id) => readAttachmentId("m1", id))).toEqual(["0.1", "0.1"]);
  expect(readAttachmentId("m2", one)).toBeNull();
  expect(readAttachmentId("m1", "ANGjdJnonsense")).toBeNull();
});
