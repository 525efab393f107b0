import { z } from "zod";
import { accountCourseSchema, activeSyncSchema } from "./account-course.ts";
import { chunkProgressSchema } from "./chunk-progress.ts";
import { syncIdSchema } from "./identifiers.ts";
import { ledgerSchema } from "./ledger.ts";
import { syncRequestSchema } from "./sync-request.ts";

/**
 * Everything that can happen, in the past tense. This file is the vocabulary of the log: a fact's type, what
 * it carries, and who appends it. Facts are never changed; new fields are optional.
 */

const course = accountCourseSchema.describe("The account's course after this fact");
const providerMessageId = z.string().min(1).max(1024);

/** chunker: a request became the account's active sync; the baseline was taken before anything is listed. */
export const syncStarted = z.object({
  type: z.literal("sync.started"),
  syncId: syncIdSchema,
  sync: activeSyncSchema,
  request: syncRequestSchema,
  estimatedTotal: z.int().nonnegative().nullable(),
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

/** chunker: the request asks for more than the active sync covers; it starts when that one has ended. */
export const syncQueued = z.object({
  type: z.literal("sync.queued"),
  syncId: syncIdSchema,
  behind: syncIdSchema,
  request: syncRequestSchema,
  course,
});

/** chunker: every chunk is settled and the ledger balances; partial when some of it is dead letters. */
export const syncCompleted = z.object({
  type: z.literal("sync.completed"),
  syncId: syncIdSchema,
  status: z.enum(["completed", "partial"]),
  ledger: ledgerSchema,
  chunkCount: z.int().nonnegative(),
  watermark: z.string().nullable(),
  course,
});

/** chunker: the sync ended without its work, for a reason that waiting cannot mend. */
export const syncFailed = z.object({
  type: z.literal("sync.failed"),
  syncId: syncIdSchema,
  category: z.string(),
  message: z.string().max(1000),
  request: syncRequestSchema.nullable(),
  course,
});

/** chunker: one page of ids. Its chunks are cut from it in order: `messageIds[i]` is in chunk `firstChunk + floor(i / chunkSize)`. */
export const pageListed = z.object({
  type: z.literal("page.listed"),
  syncId: syncIdSchema,
  pageNumber: z.int().nonnegative(),
  messageIds: z.array(providerMessageId).max(10_000),
  nextPageToken: z.string().nullable().describe("null: this is the last page"),
  firstChunk: z.int().nonnegative(),
  chunkCount: z.int().nonnegative(),
  chunkSize: z.int().min(1),
  listedBefore: z.int().nonnegative().describe("Ids on the pages before this one"),
  estimatedTotal: z.int().nonnegative().nullable(),
});

/** fetcher: each message of a chunk is stored, known, gone, or a dead letter. `progress` is the checkpoint after it. */
export const chunkFetched = z.object({
  type: z.literal("chunk.fetched"),
  syncId: syncIdSchema,
  chunkIndex: z.int().nonnegative(),
  pageNumber: z.int().nonnegative(),
  lane: z.enum(["live", "bulk"]),
  ledger: ledgerSchema.describe("This chunk's share"),
  attempt: z.int().min(1).describe("Which delivery of the chunk settled it"),
  progress: chunkProgressSchema,
});

/** chunker: a message on the request subject that cannot be understood; kept here with its reason. */
export const requestRejected = z.object({
  type: z.literal("request.rejected"),
  reason: z.string().max(1000),
  subject: z.string().max(512),
  payload: z.string().max(8192).describe("The first bytes of what came, as text"),
  payloadBytes: z.int().nonnegative(),
});

/** janitor: an outstanding chunk was found neither queued nor claimed, and was put back. */
export const chunkRequeued = z.object({
  type: z.literal("chunk.requeued"),
  syncId: syncIdSchema,
  chunkIndexes: z.array(z.int().nonnegative()).max(1000),
  reason: z.string().max(500),
});

export const factSchema = z.discriminatedUnion("type", [
  syncStarted,
  syncCoalesced,
  syncQueued,
  syncCompleted,
  syncFailed,
  pageListed,
  chunkFetched,
  requestRejected,
  chunkRequeued,
]);

export type Fact = z.infer<typeof factSchema>;
export type FactOf<T extends Fact["type"]> = Extract<Fact, { type: T }>;
/** Facts that move an account's course; only these stand on its `sync` subject. */
export type CourseFact = Extract<Fact, { course: unknown }>;

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
