import { keepAttachment } from "@millrace/shared/attachments/keep-attachment";
import { createRawMessages } from "@millrace/shared/attachments/raw-messages";
import { noHistory } from "@millrace/shared/events/attempt";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { MailMessage } from "@millrace/shared/mail/mail-message";
import type { ProviderSession } from "@millrace/shared/providers/mail-provider";
import type { ClaimedWork } from "../../services/fetcher/src/fetcher-ports.ts";
import type { AccountLife, Day, NewMail } from "./account-life.ts";
import { type Expectation, type Kept, partOf } from "./expectation.ts";
import type { YearsWorld } from "./years-world.ts";

const dayMs = 86_400_000;
const finishedDays = 30;
const failedDays = 7;
const deletedDays = 30;
const tombstoneDays = 7;
const letterDays = 30;

/** What is known of the syncs of an account beside their rows. */
export interface Standing {
  newestCompleted: string | null;
  newest: string | null;
  readonly openLetters: Set<string>;
}

export const newStanding = (): Standing => ({ newestCompleted: null, newest: null, openLetters: new Set() });

/** A sync of an account: mail by the fetcher's own store, and its facts on the log. What must be there then is expected. */
export async function liveDay(
  world: YearsWorld,
  expected: Expectation,
  life: AccountLife,
  standing: Standing,
  at: { readonly day: number; readonly month: number },
): Promise<void> {
  const { ref } = life;
  const atMs = world.nowMs();
  for (const { syncId, eventId, fact } of life.discard(at.day)) {
    await world.append({ kind: "append", ref, eventId, expectedSeq: null, fact });
    standing.openLetters.delete(syncId);
    const letter = expected.of("letters").get(`${syncId}/0`);
    if (letter !== undefined) letter.sinceMs = atMs;
    const sync = expected.of("syncs").get(syncId);
    if (sync !== undefined) expected.keepWith(sync, partOf(sync, "syncEvents", eventId));
  }
  const today = life.live(at.day, at.month, atMs);
  await storeMail(world, expected, ref, today, atMs);
  for (const { eventId, fact } of today.facts)
    await world.append({ kind: "append", ref, eventId, expectedSeq: null, fact });
  expectSync(expected, ref, standing, today, atMs);
}

function expectSync(
  expected: Expectation,
  ref: AccountRef,
  standing: Standing,
  { syncId, status, facts, added, deleted, letter }: Day,
  atMs: number,
): void {
  standing.newest = syncId;
  if (status === "completed" || status === "partial") standing.newestCompleted = syncId;
  if (letter !== null) standing.openLetters.add(syncId);
  const isFailed = status === "failed";
  const parts = facts.map(({ eventId }) => partOf(ref, "syncEvents", eventId));
  if (added.length + deleted.length > 0 || letter !== null) parts.push(partOf(ref, "chunks", `${syncId}/0`));
  if (letter !== null) {
    // Once it was settled it has a time of its own, and its bytes stay as long as it does.
    const [letterKey, own] = [`${syncId}/0`, { period: "deadLettersDays", days: letterDays } as const];
    parts.push({ ...partOf(ref, "letters", letterKey), ...own });
    const isNeeded = () => expected.of("letters").has(letterKey);
    const contentKey = `${ref.accountId}/${letter}`;
    parts.push({ ...partOf(ref, "letterContents", contentKey), ...own, sinceMs: atMs, isNeeded });
  }
  expected.keep({
    kind: "syncs",
    key: syncId,
    ...ref,
    sinceMs: atMs,
    period: isFailed ? "failedSyncsDays" : "finishedSyncsDays",
    days: isFailed ? failedDays : finishedDays,
    isNeeded: () =>
      standing.newestCompleted === syncId || standing.newest === syncId || standing.openLetters.has(syncId),
    parts,
  });
}

async function storeMail(
  world: YearsWorld,
  expected: Expectation,
  ref: AccountRef,
  { syncId, added, deleted, letter }: Day,
  atMs: number,
): Promise<void> {
  const work = { ...workOf(ref, syncId, [...added.map(({ id }) => id), ...deleted]), baseline: null };
  if (added.length > 0) await world.store.write(work, added.map(messageOf));
  for (const mail of added) await attach(world, expected, expectMessage(expected, ref, mail), ref, mail);
  if (letter !== null) await world.store.keepRaw(ref, letter, Buffer.from("what cannot be read"));
  if (deleted.length === 0) return;
  await world.store.markGone(work, deleted);
  for (const id of deleted) {
    const key = `${ref.accountId}/${id}`;
    const message = expected.of("messages").get(key);
    if (message !== undefined) message.sinceMs = atMs;
    const tombstone = { kind: "tombstones", key, ...ref, sinceMs: atMs, period: "tracesDays" } as const;
    expected.keep({ ...tombstone, days: tombstoneDays });
  }
}

function expectMessage(expected: Expectation, ref: AccountRef, { id, content }: NewMail): Kept {
  const key = `${ref.accountId}/${id}`;
  const parts = content === null ? [] : [partOf(ref, "attachments", `${key}/1`)];
  const kept = { kind: "messages", key, ...ref, period: "deletedMessagesDays", days: deletedDays } as const;
  return expected.keep({ ...kept, sinceMs: Number.POSITIVE_INFINITY, parts });
}

/** As the fetcher keeps attachments, of a provider that has this one. */
async function attach(
  { fetcher, blobs, nowMs }: YearsWorld,
  expected: Expectation,
  message: Kept,
  ref: AccountRef,
  { id, content }: NewMail,
): Promise<void> {
  if (content === null) return;
  async function* bytes() {
    yield content as Buffer;
  }
  const session = { fetchAttachment: async () => ({ ok: true, value: bytes() }) };
  const kept = await keepAttachment(
    { pool: fetcher, blobs, raws: createRawMessages(fetcher) },
    session as unknown as ProviderSession,
    { ...ref, providerId: id, partId: "1", providerAttachmentId: "a", isInRaw: false, place: null },
    new AbortController().signal,
  );
  if (!kept.ok) throw new Error(kept.fault.message);
  expected.carry(kept.value.sha256, kept.value.sizeBytes, `${message.key}/1`, nowMs());
}

const workOf = (ref: AccountRef, syncId: string, messageIds: readonly string[]): ClaimedWork => ({
  ref,
  lane: "live",
  deliveryCount: 1,
  enqueuedAtMs: 0,
  item: {
    kind: "chunk",
    syncId,
    run: 0,
    chunkIndex: 0,
    pageNumber: 0,
    mark: "",
    messageIds: [...messageIds],
    content: "full",
    refresh: false,
    changes: null,
    history: noHistory,
  },
});

const messageOf = ({ id, content }: NewMail): MailMessage => ({
  id,
  threadId: `t-${id}`,
  historyId: "1001",
  labelIds: ["INBOX"],
  hiddenAs: null,
  receivedAt: new Date(dayMs),
  sizeBytes: 2_000,
  snippet: "What it begins with",
  headers: [["Subject", `Of ${id}`]],
  subject: `Of ${id}`,
  sentAt: null,
  messageIdHeader: `<${id}@example.com>`,
  inReplyTo: null,
  references: [],
  from: [{ name: "Ann", address: "ann@example.com" }],
  sender: [],
  replyTo: [],
  to: [],
  cc: [],
  bcc: [],
  text: "The quick brown fox jumps over the lazy dog. ".repeat(8),
  html: null,
  attachments:
    content === null
      ? []
      : [
          {
            partId: "1",
            filename: "a.pdf",
            mimeType: "application/pdf",
            sizeBytes: content.length,
            contentId: null,
            disposition: "attachment",
            providerAttachmentId: "a",
          },
        ],
  content: "full",
  raw: null,
  rawSha256: null,
  defects: [],
});
