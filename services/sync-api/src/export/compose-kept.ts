import { Readable } from "node:stream";
import type { BlobStore } from "@millrace/shared/blobs/blob-store";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { MailComposerAttachment } from "nodemailer/lib/mail-composer";
import {
  bodyCharsMax,
  type ExportedAttachment,
  type ExportedMessage,
  type Owner,
  readBody,
} from "./export-reader.ts";

/** What the composer writes by itself: of the message as it was sent, these said how it was put together. */
const ofTheForm = /^(mime-version|content-.*|x-millrace-.*)$/i;
const headerName = /^[\x21-\x39\x3b-\x7e]{1,200}$/;

/**
 * A message of which the exact bytes are not kept, put together from what is: its headers as they were read, its bodies, and
 * the attachments whose content is kept. The header `X-Millrace-Reconstructed` says so, and how many attachments lack. Its
 * signatures do not hold any more.
 */
export async function* composeKept(
  pool: Pool,
  blobs: Pick<BlobStore, "open">,
  owner: Owner,
  message: ExportedMessage,
): AsyncGenerator<Uint8Array> {
  // Takes memory: loaded when somebody exports mail that has to be composed.
  const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
  const kept = message.attachments.filter(({ sha256 }) => sha256 !== null);
  const lacking = message.attachments.length - kept.length;
  const { text, html, textChars, htmlChars } = message;
  const bodyOf = (body: "text" | "html", first: string | null, chars: number) =>
    first === null ? {} : { [body]: streamOf(textOf(pool, owner, message, body, first, chars)) };
  const composed = new MailComposer({
    headers: [
      { key: "X-Millrace-Reconstructed", value: `attachments-missing=${lacking}` },
      ...headersOf(message),
    ],
    ...bodyOf("text", text, textChars),
    ...bodyOf("html", html, htmlChars),
    attachments: kept.map((attachment) => partOf(blobs, attachment)),
    // What a message says must never make the composer read anything.
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  composed.keepBcc = true;
  yield* composed.createReadStream() as AsyncIterable<Uint8Array>;
}

const headersOf = ({ headers }: ExportedMessage) =>
  headers
    .filter(([name]) => headerName.test(name) && !ofTheForm.test(name))
    .map(([key, value]) => ({ key, value }));

async function* textOf(
  pool: Pool,
  owner: Owner,
  message: ExportedMessage,
  body: "text" | "html",
  first: string,
  chars: number,
): AsyncGenerator<Buffer> {
  yield Buffer.from(first);
  if (chars > bodyCharsMax)
    for await (const slice of readBody(pool, owner, message, body, chars)) yield Buffer.from(slice);
}

function partOf(
  blobs: Pick<BlobStore, "open">,
  { filename, mimeType, contentId, disposition, sha256 }: ExportedAttachment,
): MailComposerAttachment {
  return {
    filename: filename ?? false,
    contentType: mimeType,
    contentDisposition: disposition === "inline" ? "inline" : "attachment",
    ...(contentId === null ? {} : { headers: { "Content-ID": contentId } }),
    content: streamOf(contentOf(blobs, sha256 ?? "")),
  };
}

/** Opened when its turn comes. One that was removed meanwhile is empty, as its hash shows. */
async function* contentOf(blobs: Pick<BlobStore, "open">, sha256: string): AsyncGenerator<Uint8Array> {
  const content = await blobs.open(sha256);
  if (content !== null) yield* content;
}

const streamOf = (pieces: AsyncIterable<Uint8Array>): Readable =>
  Readable.from(pieces, { objectMode: false });
