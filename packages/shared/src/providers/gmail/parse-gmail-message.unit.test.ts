import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DefectList } from "../../mail/defect-list.ts";
import { findUnstorable } from "../../mail/testing/storable-message.ts";
import { listMissingText } from "./gmail-mime-tree.ts";
import { parseGmailMessage } from "./parse-gmail-message.ts";

const data = (text: string | Uint8Array) => Buffer.from(text as string).toString("base64url");
const header = (name: string, value: string) => ({ name, value });

const textPart = (partId: string, mimeType: string, text: string, headers: object[] = []) => ({
  partId,
  mimeType,
  filename: "",
  headers: [header("Content-Type", mimeType), ...headers],
  body: { size: text.length, data: data(text) },
});

const message = (payload: object) => ({
  id: "18c0",
  threadId: "18c1",
  labelIds: ["INBOX", "UNREAD"],
  snippet: "snip",
  historyId: "18446744073709551615",
  internalDate: "1704103200000",
  sizeEstimate: 1234,
  payload,
});

describe("a Message resource of format full", () => {
  it("becomes a message: envelope, headers, bodies, attachments", () => {
    const parsed = parseGmailMessage(
      message({
        partId: "",
        mimeType: "multipart/mixed",
        filename: "",
        headers: [
          header("From", "Ann <ann@example.com>"),
          header("To", "Bob <bob@example.com>, \r\n c@example.org"),
          header("Subject", "=?utf-8?Q?H=C3=A9?= there"),
          header("Date", "Mon, 1 Jan 2024 10:00:00 +0000"),
          header("Message-ID", "<m@x>"),
          header("References", "<a@x> <b@x>"),
        ],
        body: { size: 0 },
        parts: [
          {
            partId: "0",
            mimeType: "multipart/alternative",
            filename: "",
            headers: [],
            body: { size: 0 },
            parts: [textPart("0.0", "text/plain", "héllo\r\n"), textPart("0.1", "text/html", "<p>héllo</p>")],
          },
          {
            partId: "1",
            mimeType: "application/pdf",
            filename: "bill.pdf",
            headers: [
              header("Content-Disposition", "attachment; filename=bill.pdf"),
              header("Content-ID", "<c@x>"),
            ],
            body: { size: 9_000, attachmentId: "ANGjdJ8" },
          },
          {
            partId: "2",
            mimeType: "message/rfc822",
            filename: "",
            headers: [],
            body: { size: 50 },
            parts: [textPart("2.0", "text/plain", "inner")],
          },
          textPart("3", "text/plain", "footer"),
        ],
      }),
      "full",
    );
    expect(parsed).toMatchObject({
      id: "18c0",
      threadId: "18c1",
      historyId: "18446744073709551615",
      labelIds: ["INBOX", "UNREAD"],
      receivedAt: new Date("2024-01-01T10:00:00Z"),
      sizeBytes: 1234,
      subject: "Hé there",
      sentAt: new Date("2024-01-01T10:00:00Z"),
      messageIdHeader: "<m@x>",
      references: ["<a@x>", "<b@x>"],
      from: [{ name: "Ann", address: "ann@example.com" }],
      text: "héllo\nfooter",
      html: "<p>héllo</p>",
      content: "full",
      raw: null,
      defects: [],
    });
    expect(parsed.to).toHaveLength(2);
    expect(parsed.attachments).toEqual([
      {
        partId: "1",
        filename: "bill.pdf",
        mimeType: "application/pdf",
        sizeBytes: 9_000,
        contentId: "<c@x>",
        disposition: "attachment",
        providerAttachmentId: "ANGjdJ8",
      },
      {
        partId: "2",
        filename: null,
        mimeType: "message/rfc822",
        sizeBytes: 50,
        contentId: null,
        disposition: null,
        providerAttachmentId: null,
      },
    ]);
  });

  it("names the texts that Gmail holds back, takes them in, and says so when they stay away", () => {
    const json = message({
      partId: "",
      mimeType: "multipart/alternative",
      headers: [],
      parts: [
        { partId: "0", mimeType: "text/plain", headers: [], body: { size: 5, attachmentId: "long" } },
        textPart("1", "text/html", "<p>x</p>"),
        {
          partId: "2",
          mimeType: "text/plain",
          filename: "a.txt",
          headers: [],
          body: { size: 5, attachmentId: "file" },
        },
      ],
    });
    expect(parseGmailMessage(json, "full").defects.join()).toContain("part of the text body is missing");
    const missing = listMissingText(json, new DefectList());
    expect(missing.map((one) => one.attachmentId)).toEqual(["long"]);
    missing[0]?.fill(Buffer.from("whole"));
    expect(listMissingText(json, new DefectList())).toEqual([]);
    expect(parseGmailMessage(json, "full")).toMatchObject({ text: "whole", html: "<p>x</p>" });
  });

  it("of format metadata has headers and no bodies", () => {
    const json = message({ mimeType: "text/plain", headers: [header("Subject", "s")] });
    expect(parseGmailMessage(json, "metadata")).toMatchObject({
      subject: "s",
      text: null,
      html: null,
      attachments: [],
      content: "metadata",
    });
  });

  it("nested 5,000 deep costs no stack", () => {
    let payload: object = textPart("x", "text/plain", "bottom");
    for (let i = 0; i < 5_000; i++) payload = { mimeType: "multipart/mixed", headers: [], parts: [payload] };
    expect(parseGmailMessage(message(payload), "full").defects.join()).toContain("nested too deep");
  });

  it("whatever the JSON is, throws TypeError or gives a storable message", () => {
    const keys = [
      "id",
      "payload",
      "parts",
      "headers",
      "body",
      "data",
      "mimeType",
      "filename",
      "name",
      "value",
    ];
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.string({ unit: "binary" }),
        fc.constantFrom(
          "text/plain",
          "multipart/mixed",
          "text/html",
          "Date",
          "From",
          "AA__",
          null,
          1e300,
          "\0",
        ),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom(...keys, "internalDate", "labelIds", "partId", "size"), tie("value"), {
          maxKeys: 6,
        }),
      ),
    })).value;
    fc.assert(
      fc.property(json, fc.constantFrom("full", "metadata"), (payload, content) => {
        const parsed = parseGmailMessage(
          { ...message({}), payload, internalDate: payload, labelIds: payload },
          content,
        );
        expect(findUnstorable(parsed)).toEqual([]);
      }),
      { numRuns: 500 },
    );
    expect(() => parseGmailMessage({}, "full")).toThrow(TypeError);
    expect(() => parseGmailMessage(null, "full")).toThrow(TypeError);
  }, 30_000);
});
