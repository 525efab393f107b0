import { derivedId } from "@millrace/shared/events/identifiers";
import { htmlToText } from "@millrace/shared/mail/html-to-text";
import type { MailMessage } from "@millrace/shared/mail/mail-message";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { isDataError } from "@millrace/shared/postgres/is-data-error";
import type { ClaimedChunk } from "./decide-chunk.ts";
import { addReports, emptyReport, type FetchReport } from "./fetch-report.ts";
import { recordDeadLetter } from "./record-dead-letter.ts";
import { storeMessagesSql } from "./store-messages-sql.ts";

/** A tsvector holds 1 MiB. Three bytes a character at most, these together stay below it. */
const searchCharsMax = 200_000;
const searchAddressCharsMax = 20_000;

/**
 * Writes messages in one statement, which is one transaction. A message that is there already stays, unless
 * this one holds more of it. When the database refuses the data, the batch is halved until the one message
 * that it refuses stands alone; that one becomes a dead letter, the others are stored.
 *
 * @throws whatever the database throws that is not about the data: then nothing was written
 */
export async function storeMessages(
  pool: Pool,
  chunk: ClaimedChunk,
  messages: readonly MailMessage[],
): Promise<FetchReport> {
  try {
    const stored = await insertMessages(pool, chunk, messages);
    return { ...emptyReport, stored, unchanged: messages.length - stored };
  } catch (error) {
    if (!isDataError(error)) throw error;
    const [first] = messages;
    if (messages.length > 1 || first === undefined) return storeHalves(pool, chunk, messages);
    await recordDeadLetter(pool, chunk, { providerId: first.id, error: String(error), raw: first.raw });
    return { ...emptyReport, deadLettered: 1 };
  }
}

async function storeHalves(
  pool: Pool,
  chunk: ClaimedChunk,
  messages: readonly MailMessage[],
): Promise<FetchReport> {
  const middle = Math.ceil(messages.length / 2);
  const first = await storeMessages(pool, chunk, messages.slice(0, middle));
  return addReports(first, await storeMessages(pool, chunk, messages.slice(middle)));
}

/** @returns how many rows were written */
async function insertMessages(
  pool: Pool,
  chunk: ClaimedChunk,
  messages: readonly MailMessage[],
): Promise<number> {
  const { ref, item } = chunk;
  const column = <T>(read: (message: MailMessage) => T): T[] => messages.map(read);
  const attachments = messages.flatMap((message) =>
    message.attachments.map((attachment, position) => ({ providerId: message.id, position, ...attachment })),
  );
  const { rows } = await pool.query<{ written: number }>({
    name: "store-messages",
    text: storeMessagesSql,
    values: [
      ref.tenantId,
      ref.accountId,
      item.syncId,
      item.chunkIndex,
      item.content,
      column((m) => m.id),
      column((m) => derivedId("msg", ref.accountId, m.id)),
      column((m) => m.threadId),
      column((m) => m.historyId),
      column((m) => JSON.stringify(m.labelIds)),
      column((m) => m.receivedAt),
      column((m) => m.sentAt),
      column((m) => m.sizeBytes),
      column((m) => m.snippet),
      column((m) => m.subject),
      column((m) => m.messageIdHeader),
      column((m) => m.inReplyTo),
      column((m) => JSON.stringify(m.references)),
      column((m) => JSON.stringify(m.headers)),
      column((m) => JSON.stringify(addressesOf(m))),
      column((m) => m.text),
      column((m) => m.html),
      column((m) => m.rawSha256),
      column((m) => JSON.stringify(m.defects)),
      column((m) => m.subject ?? ""),
      column(searchAddresses),
      column(searchBody),
      column((m) => m.raw),
      attachments.map((a) => a.providerId),
      attachments.map((a) => a.partId),
      attachments.map((a) => a.position),
      attachments.map((a) => a.filename),
      attachments.map((a) => a.mimeType),
      attachments.map((a) => a.sizeBytes),
      attachments.map((a) => a.contentId),
      attachments.map((a) => a.disposition),
      attachments.map((a) => a.providerAttachmentId),
    ],
  });
  return rows[0]?.written ?? 0;
}

function addressesOf({ from, sender, replyTo, to, cc, bcc }: MailMessage) {
  return { from, sender, replyTo, to, cc, bcc };
}

function searchAddresses({ from, to, cc }: MailMessage): string {
  const words = [...from, ...to, ...cc].map(({ name, address }) => `${name} ${address}`).join(" ");
  return words.slice(0, searchAddressCharsMax);
}

function searchBody({ text, html, attachments }: MailMessage): string {
  const body = text ?? (html === null ? "" : htmlToText(html));
  const names = attachments.map((attachment) => attachment.filename ?? "").join(" ");
  return `${body.slice(0, searchCharsMax)} ${names.slice(0, 10_000)}`;
}
