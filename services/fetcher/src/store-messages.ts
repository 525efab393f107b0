import { derivedId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { workMark } from "@millrace/shared/events/work-item";
import { htmlToText } from "@millrace/shared/mail/html-to-text";
import type { MailMessage } from "@millrace/shared/mail/mail-message";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { isDataError } from "@millrace/shared/postgres/is-data-error";
import type { MessageOutcome } from "./fetch-report.ts";
import { BaselineMovedError, type ClaimedWork, type FetchingWork } from "./fetcher-ports.ts";
import { joinRaws } from "./join-raws.ts";
import { storeGroups } from "./store-groups.ts";
import { storeMessagesSql } from "./store-messages-sql.ts";

/** A tsvector holds 1 MiB. Three bytes a character at most, these together stay below it. */
const searchCharsMax = 200_000;
const searchAddressCharsMax = 20_000;

/** What is there already is fetched and written all the same. */
export const isRefreshing = (work: ClaimedWork): boolean => work.item.kind === "redrive" || isRepairing(work);
/** Somebody found that what is there is not right: it may look newer than it is. */
const isRepairing = ({ item }: ClaimedWork): boolean => item.kind !== "redrive" && item.refresh;

/**
 * Writes messages in one statement, which is one transaction, and each large one in another. A message that is there
 * already stays, unless this one holds more of it or the work refreshes and has no older one. When the database refuses the data, the batch is
 * halved until the one message that it refuses stands alone; that one becomes a dead letter with its bytes, the others
 * are stored.
 *
 * @returns one outcome a message: stored, unchanged, gone (it is where a listing does not show it) or a letter
 * @throws {BaselineMovedError} and whatever the database throws that is not about the data: then of the statement nothing was written
 */
export async function storeMessages(
  pool: Pool,
  work: FetchingWork,
  messages: readonly MailMessage[],
): Promise<Map<string, MessageOutcome>> {
  const outcomes = new Map<string, MessageOutcome>();
  for (const group of storeGroups(messages))
    for (const [id, outcome] of await storeGroup(pool, work, group)) outcomes.set(id, outcome);
  return outcomes;
}

async function storeGroup(
  pool: Pool,
  work: FetchingWork,
  messages: readonly MailMessage[],
): Promise<Map<string, MessageOutcome>> {
  try {
    const written = await insertMessages(pool, work, messages);
    return new Map(messages.map(({ id }) => [id, { kind: written.get(id) ?? "unchanged" }]));
  } catch (error) {
    if (!isDataError(error)) throw error;
    const [first] = messages;
    if (messages.length > 1 || first === undefined) return storeHalves(pool, work, messages);
    if (first.raw !== null) await keepRaw(pool, work.ref, first.id, first.raw);
    return new Map([[first.id, { kind: "letter", category: "bad_item", message: String(error) }]]);
  }
}

async function storeHalves(
  pool: Pool,
  work: FetchingWork,
  messages: readonly MailMessage[],
): Promise<Map<string, MessageOutcome>> {
  const middle = Math.ceil(messages.length / 2);
  const first = await storeGroup(pool, work, messages.slice(0, middle));
  return new Map([...first, ...(await storeGroup(pool, work, messages.slice(middle)))]);
}

const keepRawSql = `
  insert into dead_letter_contents (account_id, provider_id, tenant_id, raw) values ($1, $2, $3, $4)
  on conflict (account_id, provider_id) do update set raw = excluded.raw, kept_at = now()`;

/** Keeps the bytes of a message that cannot be stored as one. */
export async function keepRaw(
  pool: Pool,
  { tenantId, accountId }: AccountRef,
  messageId: string,
  raw: Uint8Array,
): Promise<void> {
  await pool.of(tenantId).query(keepRawSql, [accountId, messageId, tenantId, raw]);
}

type Written =
  | { readonly providerId: string; readonly outcome: "stored" | "gone" }
  | { readonly providerId: null; readonly outcome: "outdated" };

/** @returns what became of the messages that did not stay as they were */
async function insertMessages(
  pool: Pool,
  work: FetchingWork,
  messages: readonly MailMessage[],
): Promise<Map<string, "stored" | "gone">> {
  const { ref, item } = work;
  const column = <T>(read: (message: MailMessage) => T): T[] => messages.map(read);
  const alone = messages.length === 1 ? messages[0] : undefined;
  const raws = joinRaws(messages);
  const attachments = messages.flatMap((message) =>
    message.attachments.map((attachment, position) => ({
      providerId: message.id,
      position,
      ...attachment,
      place: message.raw === null ? undefined : attachment.place,
    })),
  );
  const { rows } = await pool.of(ref.tenantId).query<Written>({
    name: "store-messages",
    text: storeMessagesSql,
    values: [
      ref.tenantId,
      ref.accountId,
      item.syncId,
      workMark(item),
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
      column((m) => (m === alone ? null : m.text)),
      column((m) => (m === alone ? null : m.html)),
      column((m) => m.rawSha256),
      column((m) => JSON.stringify(m.defects)),
      column((m) => m.subject ?? ""),
      column(searchAddresses),
      column(searchBody),
      raws.bytes,
      attachments.map((a) => a.providerId),
      attachments.map((a) => a.partId),
      attachments.map((a) => a.position),
      attachments.map((a) => a.filename),
      attachments.map((a) => a.mimeType),
      attachments.map((a) => a.sizeBytes),
      attachments.map((a) => a.contentId),
      attachments.map((a) => a.disposition),
      attachments.map((a) => a.providerAttachmentId),
      isRefreshing(work),
      column((m) => m.hiddenAs),
      attachments.map(({ place }) => place?.start ?? null),
      attachments.map(({ place }) => place?.end ?? null),
      attachments.map(({ place }) => place?.encoding ?? null),
      raws.starts,
      raws.lengths,
      alone?.text ?? null,
      alone?.html ?? null,
      isRepairing(work),
      work.baseline,
    ],
  });
  const written = new Map<string, "stored" | "gone">();
  for (const { providerId, outcome } of rows) {
    if (outcome === "outdated") throw new BaselineMovedError();
    written.set(providerId, outcome);
  }
  return written;
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
