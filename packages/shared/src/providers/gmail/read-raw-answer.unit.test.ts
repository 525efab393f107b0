import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRawAnswer } from "./read-raw-answer.ts";

const resource = (raw: Uint8Array | string) => ({
  id: "18c0",
  threadId: "18c1",
  labelIds: ["INBOX"],
  snippet: 'say "raw": "no"',
  sizeEstimate: 12,
  raw: typeof raw === "string" ? raw : Buffer.from(raw).toString("base64url"),
  historyId: "12345678901234567890",
  internalDate: "1704103200000",
});

describe("an answer of format raw", () => {
  it("gives the exact bytes, whatever they are, with or without padding", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        fc.constantFrom(0, 2),
        fc.boolean(),
        (bytes, indent, padded) => {
          const raw = Buffer.from(bytes).toString("base64url");
          const encoded = padded ? raw + "=".repeat((4 - (raw.length % 4)) % 4) : raw;
          const message = readRawAnswer(Buffer.from(JSON.stringify(resource(encoded), null, indent)));
          expect(Buffer.from(message.raw ?? []).equals(bytes)).toBe(true);
        },
      ),
    );
  });

  it("takes the envelope from the same answer", () => {
    const message = readRawAnswer(Buffer.from(JSON.stringify(resource(Buffer.from("Subject: s\r\n\r\nx")))));
    expect(message).toMatchObject({
      id: "18c0",
      threadId: "18c1",
      historyId: "12345678901234567890",
      labelIds: ["INBOX"],
      snippet: 'say "raw": "no"',
      receivedAt: new Date("2024-01-01T10:00:00Z"),
      subject: "s",
      text: "x",
    });
  });

  it("reads a field with escapes in it as well", () => {
    const json = JSON.stringify(resource(`${Buffer.from("Subject: s").toString("base64url")}==`)).replaceAll(
      "=",
      "\\u003d",
    );
    expect(readRawAnswer(Buffer.from(json)).subject).toBe("s");
  });

  it.each(['{"id":"1","raw":"QQ', "", "<html>"])("throws SyntaxError for what is no JSON: %s", (body) => {
    expect(() => readRawAnswer(Buffer.from(body))).toThrow(SyntaxError);
  });

  it.each(["{}", "[]", '{"id":"1"}', '{"raw":"QQ"}', "null", '"raw"'])(
    "throws TypeError for no message: %s",
    (body) => {
      expect(() => readRawAnswer(Buffer.from(body))).toThrow(TypeError);
    },
  );
});
