import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { generatedSource } from "../mailbox/generated-source.ts";
import { decodeText } from "../mime/decode-text.ts";
import { decodeTransfer } from "../mime/decode-transfer.ts";
import { findHeader } from "../mime/header-fields.ts";
import { decodeWords } from "../mime/header-values.ts";
import { scanParts, walkParts } from "../mime/scan-parts.ts";

const SAMPLE = 3_000;
const source = generatedSource("demo@example.com", 1_000_000, 1);
const read = (slot: number): Buffer => source.read(slot) as Buffer;
const sample = Array.from({ length: SAMPLE }, (_, slot) => read(slot));
const trees = sample.map((bytes) => ({ bytes, root: scanParts(bytes) }));

function digestOf(seed: number, email = "demo@example.com"): string {
  const mailbox = generatedSource(email, 10, seed);
  const digest = createHash("sha256");
  for (let slot = 0; slot < 300; slot++) digest.update(mailbox.read(slot) as Buffer);
  return digest.digest("hex");
}

describe("a generated message is a pure function of seed, mailbox and slot", () => {
  test("it is the same bytes each time, whatever was read before", () => {
    const again = generatedSource("demo@example.com", 5, 1);
    for (const slot of [2_999, 0, 17, 1_500]) expect(again.read(slot)).toEqual(sample[slot]);
  });
  test("another seed or another address makes other mail", () => {
    expect(new Set([digestOf(1), digestOf(2), digestOf(1, "other@example.com")]).size).toBe(3);
  });
  test("the bytes of seed 1 are those they have always been", () => {
    expect(digestOf(1)).toBe("91dcd0c16649dd5364b4b18e8cc2efd6d2925a8c2b85cee55cbcd4bf09967733");
  });
  test("slots, dates and labels agree however the mailbox is walked", () => {
    for (let slot = 1; slot < SAMPLE; slot++)
      expect(source.dateMs(slot)).toBeGreaterThanOrEqual(source.dateMs(slot - 1));
    expect(source.labelIds(42)).toEqual(generatedSource("demo@example.com", 99, 1).labelIds(42));
  });
});

describe("generated mail looks like mail", () => {
  test("the median is about 4 KB, and a few messages are large", () => {
    const sizes = sample.map((bytes) => bytes.length).sort((a, b) => a - b);
    expect(sizes[SAMPLE / 2]).toBeGreaterThan(3_000);
    expect(sizes[SAMPLE / 2]).toBeLessThan(6_000);
    expect(sizes.at(-1)).toBeGreaterThan(100_000);
    expect(sizes.filter((size) => size > 100_000).length).toBeLessThan(SAMPLE / 30);
  });

  test("every charset occurs, and its bytes are what it says", () => {
    const charsets = new Set<string>();
    for (const { bytes, root } of trees) {
      for (const part of walkParts(root)) {
        if (part.parts.length > 0 || !part.mimeType.startsWith("text/")) continue;
        const content = decodeTransfer(bytes.subarray(part.bodyStart, part.bodyEnd), part.transferEncoding);
        expect(decodeText(content, part.charset)).not.toContain("\ufffd");
        charsets.add(part.charset?.toLowerCase() ?? "none");
      }
    }
    const expected = ["us-ascii", "utf-8", "iso-8859-1", "windows-1252", "iso-2022-jp", "koi8-r", "gb18030"];
    expect([...charsets].sort()).toEqual(expected.sort());
  });

  test("headers are ASCII, and encoded words decode without loss", () => {
    for (const { bytes, root } of trees) {
      expect(bytes.toString("latin1", 0, root.bodyStart)).toMatch(/^[\r\n\t\x20-\x7e]*$/);
      expect(decodeWords(findHeader(root.headers, "subject") ?? "", false)).toMatch(/^[^\ufffd]+ \[\d+\]$/);
    }
  });

  test("every kind of structure occurs", () => {
    const types = new Set(trees.flatMap(({ root }) => [...walkParts(root)].map((part) => part.mimeType)));
    for (const type of ["multipart/alternative", "multipart/mixed", "multipart/related", "text/calendar"])
      expect(types).toContain(type);
    for (const type of ["message/rfc822", "application/pdf", "image/png", "text/plain", "text/html"])
      expect(types).toContain(type);
  });

  test("a reply names its parent, which is an older message of the same thread", () => {
    const slotById = new Map(trees.map(({ root }, slot) => [findHeader(root.headers, "message-id"), slot]));
    let replies = 0;
    trees.forEach(({ root }, slot) => {
      const inReplyTo = findHeader(root.headers, "in-reply-to");
      if (inReplyTo === null) return;
      const parent = slotById.get(inReplyTo) ?? Number.NaN;
      expect(parent).toBeLessThan(slot);
      expect(source.threadSlot(parent)).toBe(source.threadSlot(slot));
      expect(findHeader(root.headers, "references")).toContain(inReplyTo);
      replies++;
    });
    expect(replies).toBeGreaterThan(SAMPLE / 10);
  });
});
