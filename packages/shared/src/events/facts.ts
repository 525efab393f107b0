import { z } from "zod";
import { accountCourseSchema, activeSyncSchema, contentModeSchema, stageSchema } from "./account-course.ts";
import { faultCategorySchema, nextAfterAttemptSchema } from "./attempt.ts";
import { chunkProgressSchema, letterOutcomeSchema } from "./chunk-progress.ts";
import { pageMarkSchema, syncIdSchema } from "./identifiers.ts";
import { ledgerSchema } from "./ledger.ts";
import { netChangeSchema } from "./message-change.ts";
import { syncRequestSchema } from "./sync-request.ts";

/**
 * Everything that can happen, in the past tense. This file is the vocabulary of the log: a fact's type, what
 * it carries, and who appends it. Facts are never changed. A new field is optional; a shape that is another one is a new
 * version of its type, and upcast-fact.ts brings older ones to it. A type stays for ever.
 */

const course = accountCourseSchema.describe("The account's course after this fact");
const progress = chunkProgressSchema.describe("The sync's checkpoint after this fact");
const providerMessageId = z.string().min(1).max(1024);
const index = z.int().nonnegative();
const reason = z.string().max(1000);
const request = syncRequestSchema.nullable().describe("Null when an earlier fact carries it");

/** chunker: a request became the account's active sync. */
export const syncStarted = z.object({
  type: z.literal("sync.started"),
  syncId: syncIdSchema,
  sync: activeSyncSchema,
  request: syncRequestSchema,
  course,
});

/** chunker: the active sync `into` covers what this request asked for; it ends here. */
export const syncCoalesced = z.object({
  type: z.literal("sync.coalesced"),
  syncId: syncIdSchema,
  into: syncIdSchema,
  request: syncRequestSchema,
  course,
});

/**
 * chunker: the request has to wait: it asks for more than the account's active sync covers, or as many syncs of the tenant
 * run as may. It starts by itself.
 */
export const syncQueued = z.object({
  type: z.literal("sync.queued"),
  syncId: syncIdSchema,
  behind: syncIdSchema
    .nullable()
    .describe(
      "The sync of the account that it waits for; null when it waits for other accounts' of the tenant",
    ),
  request: syncRequestSchema,
  course,
});

/**
 * sync-api: a person paused it. chunker or fetcher: the provider refuses the mailbox until its owner connects it
 * again. Nothing of the sync is worked on until it is resumed or the account is reconnected.
 */
export const syncPaused = z.object({
  type: z.literal("sync.paused"),
  syncId: syncIdSchema,
  reason: z.enum(["requested", "consent_lost"]),
  message: reason,
  request,
  course,
});

/** sync-api: a person resumed it; what is outstanding is planned anew. */
export const syncResumed = z.object({
  type: z.literal("sync.resumed"),
  syncId: syncIdSchema,
  course,
});

/** sync-api: a person ended it. What is stored stays. */
export const syncCancelled = z.object({
  type: z.literal("sync.cancelled"),
  syncId: syncIdSchema,
  request,
  course,
});

/** chunker: every chunk is settled and the ledger balances; partial when some of it is dead letters. */
export const syncCompleted = z.object({
  type: z.literal("sync.completed"),
  syncId: syncIdSchema,
  status: z.enum(["completed", "partial"]),
  ledger: ledgerSchema,
  revision: index.describe("Of the checkpoint that the ledger was read from"),
  chunkCount: index,
  watermark: z.string().nullable(),
  course,
});

/** The sync ended without its work, for a reason that waiting cannot mend. */
export const syncFailed = z.object({
  type: z.literal("sync.failed"),
  syncId: syncIdSchema,
  category: z.string(),
  message: reason,
  request,
  course,
});

/** sync-api: the mailbox was connected again; the syncs that paused for it go on. chunker: it can be read again. */
export const accountReconnected = z.object({
  type: z.literal("account.reconnected"),
  resumed: z.array(syncIdSchema).describe("Syncs that go on"),
  course,
});

/** janitor: the log did not know what Postgres knows (it was lost, or restored from an older copy). */
export const accountRestored = z.object({
  type: z.literal("account.restored"),
  reason,
  restored: z.array(syncIdSchema).describe("Syncs that the log had lost; they go on"),
  course,
});

/** chunker: the provider has forgotten where the sync was to go on; it begins anew, as a full one, from a new baseline. */
export const syncRebased = z.object({
  type: z.literal("sync.rebased"),
  syncId: syncIdSchema,
  reason,
  course,
});

/**
 * sync-api: the account is to be removed, with all that is held on it. Its syncs end here as cancelled; what comes of it
 * later is void.
 */
export const accountRemovalRequested = z.object({
  type: z.literal("account.removal_requested"),
  requestId: z.string().min(1).max(128).describe("The API request that asked for it"),
  cancelled: z.array(syncIdSchema).max(64).describe("Syncs that end by it"),
  course,
});

/** What came of telling the provider. */
const farewell = <Done extends string>(done: Done) =>
  z
    .enum([done, "none", "shared", "refused", "failed"])
    .describe(
      `${done}: the provider says so; none: there was nothing to do it with; shared: another account has the same mailbox ` +
        "and needs it; refused: consent was gone already; failed: the provider could not be reached, and was given up",
    );

/**
 * janitor: nothing of the account's mail and credentials is kept any more. Its audit trail and its facts in the log follow;
 * this one stays, in both.
 */
export const accountRemoved = z.object({
  type: z.literal("account.removed"),
  requestedAt: z.iso.datetime(),
  requestId: z.string().min(1).max(128),
  watch: farewell("stopped"),
  grant: farewell("revoked"),
  messages: index,
  attachments: index,
  blobs: index.describe("Contents of attachments that no other account has"),
  events: index.describe("Facts of its audit trail"),
  course,
});

/** chunker: one page of ids. Its chunks are cut from it in order: `messageIds[i]` is in chunk `firstChunk + floor(i / chunkSize)`. */
export const pageListed = z.object({
  type: z.literal("page.listed"),
  syncId: syncIdSchema,
  pageNumber: index,
  messageIds: z.array(providerMessageId).max(10_000),
  nextPageToken: z.string().nullable().describe("null: this is the last page"),
  mark: pageMarkSchema,
  firstChunk: index,
  chunkCount: index,
  chunkSize: z.int().min(1),
  listedBefore: index.describe("Ids on the pages before this one"),
  estimatedTotal: index.nullable(),
  baseline: z
    .string()
    .nullable()
    .describe("On the first page of a listing: the provider's watermark, taken before it began"),
  stage: stageSchema,
  round: index.describe("Which beginning of the sync it belongs to"),
  since: z.string().nullable().describe("The watermark from which on changes are (to be) read"),
  watermark: z
    .string()
    .nullable()
    .describe("Of changes: when all of them are settled, the account is complete up to here"),
  joined: index.describe("Of changes: requests that had joined the sync before they were read"),
  hadCopy: z.boolean().describe("Mail of the account was stored before the sync listed it"),
  changes: z
    .array(netChangeSchema)
    .max(10_000)
    .nullable()
    .describe("Of changes: what has become of each of the messages, in their order"),
});

/** chunker: labels are not in the mailbox any more, and have left its messages. Told by each look for an hour. */
export const labelsRemoved = z.object({
  type: z.literal("labels.removed"),
  syncId: syncIdSchema,
  labelIds: z.array(z.string().min(1).max(1024)).min(1).max(10_000),
});

const letter = z.object({
  ordinal: index,
  messageId: providerMessageId,
  category: faultCategorySchema,
  message: reason,
});

const messageIds = z.array(providerMessageId).max(500);
const mail = z
  .object({ added: messageIds, changed: messageIds, deleted: messageIds })
  .describe(
    "What it did to the store: the provider's ids of messages that are new, differ, or are not shown any more",
  );

const settledChunk = {
  syncId: syncIdSchema,
  chunkIndex: index,
  pageNumber: index,
  lane: z.enum(["live", "bulk"]),
  ledger: ledgerSchema.describe("This chunk's share"),
  attempt: z.int().min(1).describe("Which attempt settled it"),
  letters: z.array(letter).max(500).describe("Messages that were set aside"),
  mail,
  progress,
  releases: z
    .object({ chunkIndex: index, run: index })
    .optional()
    .describe(
      "The chunk that its worker has put on the queue, as work of this run of the sync; absent: the chunker finds out what follows",
    ),
};

/** fetcher: each message of a chunk is stored, known, gone, or a dead letter. */
export const chunkFetched = z.object({ type: z.literal("chunk.fetched"), ...settledChunk });

/** fetcher: the chunk as a whole was set aside: its budget is spent, or it keeps killing its worker. */
export const chunkDeadLettered = z.object({
  type: z.literal("chunk.dead_lettered"),
  ...settledChunk,
  category: faultCategorySchema,
  message: reason,
});

const failedAttempt = {
  syncId: syncIdSchema,
  category: faultCategorySchema,
  message: reason,
  attempt: z.int().min(1),
  next: nextAfterAttemptSchema,
  nextAt: z.iso.datetime().nullable().describe("When it is tried again; null when it is not by itself"),
  setAsideAt: z
    .int()
    .min(1)
    .optional()
    .describe("The attempt that is the last one, as things are; absent: it is tried for as long as it takes"),
};

/** fetcher: an attempt at a chunk, or at dead letters of it, did not settle it. */
export const chunkAttemptFailed = z.object({
  type: z.literal("chunk.attempt_failed"),
  ...failedAttempt,
  chunkIndex: index,
  settled: index.describe("Messages of it that are settled by now"),
  open: index.describe("Messages of it that are not"),
  isRedrive: z.boolean(),
});

/** fetcher: what was stored of a chunk that cannot be settled now: its sync pauses or is over, or another delivery was faster. */
export const chunkAbandoned = z.object({
  type: z.literal("chunk.abandoned"),
  syncId: syncIdSchema,
  chunkIndex: index,
  mail,
});

/** chunker: an attempt at listing a page did not succeed. */
export const pageAttemptFailed = z.object({
  type: z.literal("page.attempt_failed"),
  ...failedAttempt,
  pageNumber: index,
});

/** sync-api: dead letters were put back on the queue. */
export const deadLettersRedriven = z.object({
  type: z.literal("dead_letters.redriven"),
  syncId: syncIdSchema,
  chunkIndex: index,
  content: contentModeSchema,
  letters: z
    .array(z.object({ ordinal: index, messageId: providerMessageId }))
    .min(1)
    .max(500),
});

/** fetcher: redriven letters have their mail; sync-api: discarded ones are not looked at any more. */
export const deadLettersSettled = z.object({
  type: z.literal("dead_letters.settled"),
  syncId: syncIdSchema,
  chunkIndex: index,
  letters: z
    .array(z.object({ ordinal: index, outcome: letterOutcomeSchema }))
    .min(1)
    .max(500),
  mail,
  progress,
});

/** fetcher: redriven letters were refused again, and are dead letters as before. */
export const deadLettersRefused = z.object({
  type: z.literal("dead_letters.refused"),
  syncId: syncIdSchema,
  chunkIndex: index,
  attempt: z.int().min(1),
  letters: z.array(letter).min(1).max(500),
});

/**
 * janitor: redriven letters that the log does not know. It was lost, or restored from an older copy, and its sync has ended
 * without them: what they were about has come to another end.
 */
export const deadLettersSuperseded = z.object({
  type: z.literal("dead_letters.superseded"),
  syncId: syncIdSchema,
  chunkIndex: index,
  letters: z
    .array(z.object({ ordinal: index, messageId: providerMessageId }))
    .min(1)
    .max(500),
});

/** janitor: dead letters that were settled long ago are not kept any more. Their sync's ledger stays what it is. */
export const deadLettersForgotten = z.object({
  type: z.literal("dead_letters.forgotten"),
  syncId: syncIdSchema,
  letters: z
    .array(z.object({ ordinal: index, messageId: providerMessageId }))
    .min(1)
    .max(500),
});

/** janitor: work that must be queued or claimed was found to be neither; chunker plans it anew. */
export const syncStalled = z.object({
  type: z.literal("sync.stalled"),
  syncId: syncIdSchema,
  chunkIndexes: z.array(index).max(1000),
  pageNumber: index.nullable().describe("The page that was to be listed"),
  reason,
});

/** janitor: a request that was accepted and never reached the log was published again. */
export const requestRepublished = z.object({
  type: z.literal("request.republished"),
  syncId: syncIdSchema,
  reason,
});

/** chunker: a message on the request subject that cannot be understood; kept here with its reason. */
export const requestRejected = z.object({
  type: z.literal("request.rejected"),
  reason,
  subject: z.string().max(512),
  payload: z.string().max(8192).describe("The first bytes of what came, as text"),
  payloadBytes: index,
});

/** janitor: messages that were marked as deleted before a time were removed for good, attachments and exact bytes as well. */
export const messagesRemoved = z.object({
  type: z.literal("messages.removed"),
  messageIds: messageIds.min(1),
  deletedBefore: z.iso.datetime(),
});

/** janitor: what a run of retention has removed of a tenant, or of what is nobody's (`_`). It belongs to no account (`_`). */
export const retentionRan = z.object({
  type: z.literal("retention.ran"),
  runId: z.string(),
  task: z.string(),
  removed: z.record(z.string(), index).describe("How many, by kind"),
  bytes: index.describe("Of mail"),
  askedBy: z
    .enum(["operator", "tenant"])
    .optional()
    .describe("Absent: its schedule did, or this was told by a release that did not say"),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
});

/**
 * janitor: content that no row named was removed. It is there once, whoever has had it, so this belongs to no tenant and no
 * account (`_`).
 */
export const blobsRemoved = z.object({
  type: z.literal("blobs.removed"),
  runId: z.string(),
  sha256: z
    .array(z.string().regex(/^[0-9a-f]{64}$/))
    .min(1)
    .max(100)
    .describe("The names of what was removed: the SHA-256 of the content, in hex"),
  bytes: index,
});

/**
 * janitor: syncs that had ended long ago are forgotten: their chunks, their facts and their dead letters go after this. The
 * mail that they have stored stays.
 */
export const syncsForgotten = z.object({
  type: z.literal("syncs.forgotten"),
  syncIds: z.array(syncIdSchema).min(1).max(1000),
  happenedBefore: z.iso
    .datetime()
    .describe("All facts of these syncs had happened by then; one that is told again later does not count"),
});

/** chunker: the provider's ids were compared with the store. */
export const accountVerified = z.object({
  type: z.literal("account.verified"),
  verificationId: syncIdSchema,
  listed: index,
  missing: index.describe("The provider has them, the store has not"),
  extra: index.describe("The store has them, the provider has not"),
  changed: index.describe("Both have them, with other labels"),
  repairSyncId: syncIdSchema.nullable(),
  driftsInRow: index
    .optional()
    .describe(
      "In so many comparisons in a row there were differences, although those before were taken in; 0: there were none",
    ),
});

/** janitor: the consent to a mailbox ends soon, as the provider said when it was given. Told once of each consent. */
export const consentEnding = z.object({
  type: z.literal("account.consent_ending"),
  endsAt: z.iso.datetime(),
});

/** janitor: the provider tells us of the mailbox's changes from now on, or goes on doing so. */
export const watchRenewed = z.object({
  type: z.literal("watch.renewed"),
  watermark: z.string().describe("Where the mailbox was: later changes are told"),
  expiresAt: z.iso.datetime().describe("When it ends by itself, unless it is renewed"),
  hadGap: z.boolean().describe("It was not set before, or not any more: nobody told us of earlier changes"),
});

/** janitor: the provider tells us of the mailbox's changes no more; polls find them until it does again. */
export const watchLapsed = z.object({
  type: z.literal("watch.lapsed"),
  reason: z
    .enum(["expired", "silent"])
    .describe(
      "expired: it was not renewed in time; silent: it is set, and a poll found what we were not told of",
    ),
  expiresAt: z.iso.datetime(),
  notifiedAt: z.iso.datetime().nullable().describe("When we were told of a change last"),
});

/** janitor: a watch cannot be set; it is tried again. Told once for attempts in a row. */
export const watchFailed = z.object({
  type: z.literal("watch.failed"),
  category: faultCategorySchema,
  message: reason,
  attempts: z.int().min(1),
  nextAt: z.iso.datetime(),
});

export const factSchema = z.discriminatedUnion("type", [
  syncStarted,
  syncCoalesced,
  syncQueued,
  syncPaused,
  syncResumed,
  syncCancelled,
  syncCompleted,
  syncFailed,
  syncRebased,
  accountReconnected,
  accountRestored,
  consentEnding,
  accountRemovalRequested,
  accountRemoved,
  labelsRemoved,
  pageListed,
  chunkFetched,
  chunkDeadLettered,
  chunkAbandoned,
  chunkAttemptFailed,
  pageAttemptFailed,
  deadLettersRedriven,
  deadLettersSettled,
  deadLettersRefused,
  deadLettersSuperseded,
  deadLettersForgotten,
  syncStalled,
  requestRepublished,
  requestRejected,
  messagesRemoved,
  syncsForgotten,
  retentionRan,
  blobsRemoved,
  accountVerified,
  watchRenewed,
  watchLapsed,
  watchFailed,
]);

export type Fact = z.infer<typeof factSchema>;
export type FactOf<T extends Fact["type"]> = Extract<Fact, { type: T }>;
/** Facts that move an account's course; only these stand on its `sync` subject. */
export type CourseFact = Extract<Fact, { course: unknown }>;
/** Facts that carry a sync's checkpoint; only these stand on its `chunk` subject. */
export type CheckpointFact = Extract<Fact, { progress: unknown }>;

/** The syncs that a fact is about: one, several, or none. */
export function syncIdsOf(fact: Fact): readonly string[] {
  if (fact.type === "account.reconnected") return fact.resumed;
  if (fact.type === "account.restored") return fact.restored;
  if (fact.type === "account.removal_requested") return fact.cancelled;
  return "syncId" in fact ? [fact.syncId] : [];
}

/** A fact with where and when it happened: what the log holds. */
export interface EventOf<F extends Fact = Fact> {
  /** Follows from the cause: the same decision always gives the same id. */
  readonly id: string;
  readonly tenantId: string;
  readonly accountId: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The service that appended it. */
  readonly source: string;
  readonly fact: F;
}
