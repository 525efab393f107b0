import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import PostalMime from "postal-mime";
import { describe, expect, it } from "vitest";
import { DefectList } from "./defect-list.ts";
import type { MimePart } from "./mime-part.ts";
import { sortParts } from "./mime-part.ts";
import { parseRawMessage } from "./parse-raw-message.ts";
import { readMimeTree } from "./read-mime-tree.ts";
import { findUnstorable, testEnvelope } from "./testing/storable-message.ts";

/** Real mail beside the repository, see its README; the tests are skipped, visibly, where it is missing. */
const corpusFolder = join(import.meta.dirname, "../../../../../shared/mail-corpus");

function corpusFiles(): string[] {
  if (!existsSync(corpusFolder)) return [];
  return readdirSync(corpusFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "README.md")
    .map((entry) => join(entry.parentPath, entry.name));
}

describe.skipIf(!existsSync(corpusFolder))("the mail corpus", () => {
  const files = corpusFiles();

  it("holds hundreds of messages", () => {
    expect(files.length).toBeGreaterThan(300);
  });

  it("parses whole: what a header says is there, every string is storable, something is left to read", () => {
    for (const file of files) {
      const bytes = readFileSync(file);
      const message = parseRawMessage(bytes, testEnvelope);
      const head = bytes.toString("latin1").split(/\r?\n\r?\n/, 1)[0] ?? "";
      const has = (name: string) => new RegExp(`^${name}:[ \\t]*\\S`, "im").test(head);
      expect([file, message.subject !== null && message.subject !== ""]).toEqual([file, has("subject")]);
      expect([file, message.from.length > 0]).toEqual([file, has("from")]);
      expect([file, message.sentAt !== null]).toEqual([file, has("date")]);
      expect([file, message.messageIdHeader !== null]).toEqual([file, has("message-id")]);
      expect([file, message.text ?? message.html ?? message.attachments[0]]).not.toEqual([file, undefined]);
      expect([file, findUnstorable(message)]).toEqual([file, []]);
      expect([file, message.defects.filter((defect) => defect.includes("structure"))]).toEqual([file, []]);
    }
  });

  it("has the parts that postal-mime finds: attachments by name, type and bytes, and plain bodies", async () => {
    for (const file of files) {
      const bytes = readFileSync(file);
      const expected = await PostalMime.parse(bytes, { forceRfc822Attachments: true });
      const { root } = readMimeTree(bytes, new DefectList());
      const leaves = allLeaves(root);
      const ours = leaves.filter((part) => !isInlineText(part)).map(comparable);
      expect([file, ours]).toEqual([file, expected.attachments.map(comparableOfPostalMime)]);
      const isPlainOnly = leaves.filter(isInlineText).every((part) => part.mimeType === "text/plain");
      const isFlowed = /format="?flowed/i.test(bytes.toString("latin1"));
      const hasNamedText = sortParts(root).attachments.some(isInlineText);
      const isUndecodable = (expected.text ?? "").includes("\uFFFD");
      const hasHeaders = readMimeTree(bytes, new DefectList()).headers.length > 0;
      if (!hasHeaders || !isPlainOnly || isFlowed || hasNamedText || isUndecodable) continue;
      expect([file, squeeze(parseRawMessage(bytes, testEnvelope).text)]).toEqual([
        file,
        squeeze(expected.text),
      ]);
    }
  });

  it("never throws when its messages are damaged", () => {
    const mutation = fc.record({
      file: fc.constantFrom(...files),
      cutAt: fc.double({ min: 0, max: 1, noNaN: true }),
      edits: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 }))),
    });
    fc.assert(
      fc.property(mutation, ({ file, cutAt, edits }) => {
        const bytes = readFileSync(file);
        for (const [at, byte] of edits) bytes[Math.floor(at * (bytes.length - 1))] = byte;
        const damaged = bytes.subarray(0, Math.ceil(cutAt * bytes.length));
        expect(findUnstorable(parseRawMessage(damaged, testEnvelope))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

function allLeaves(part: MimePart): MimePart[] {
  if (part.mimeType.startsWith("multipart/")) return part.children.flatMap(allLeaves);
  return [part];
}

/** What postal-mime shows in the body; unlike us, also where it has a file name. */
function isInlineText(part: MimePart): boolean {
  return /^text\/(plain|html)$/.test(part.mimeType) && part.disposition !== "attachment";
}

function comparable(part: MimePart): object {
  const bytes = Buffer.from(part.content() ?? "");
  return { filename: part.filename, mimeType: part.mimeType, content: squeeze(bytes.toString("latin1")) };
}

function comparableOfPostalMime(attachment: {
  filename: string | null;
  mimeType: string;
  content: ArrayBuffer | Uint8Array | string;
}): object {
  const { filename, mimeType, content } = attachment;
  const bytes = typeof content === "string" ? Buffer.from(content) : Buffer.from(new Uint8Array(content));
  return { filename, mimeType, content: squeeze(bytes.toString("latin1")) };
}

/** postal-mime rewrites line ends and adds one at the end of each part. */
function squeeze(text: string | null | undefined): string {
  return (text ?? "").replace(/\r?\n/g, "\n").replace(/\n+/g, "\n").trim();
}
