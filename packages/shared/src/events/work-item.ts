import { z } from "zod";
import { contentModeSchema } from "./account-course.ts";
import { attemptHistorySchema } from "./attempt.ts";
import { pageMarkSchema, syncIdSchema } from "./identifiers.ts";
import { netChangeSchema } from "./message-change.ts";

export const laneSchema = z.enum(["live", "bulk"]);
export type Lane = z.infer<typeof laneSchema>;

/** Where work waits: chunks in their lane, everything that asks the provider for ids in `list`. */
export type WorkLane = Lane | "list";

const index = z.int().nonnegative();
const messageIds = z.array(z.string().min(1).max(1024)).min(1).max(500);
const run = index.describe("The sync's run that planned it; void when the sync is in a later one");
const history = attemptHistorySchema;
const isSuspect = z
  .boolean()
  .optional()
  .describe("Workers have died of it: whoever claims it is careful from the first delivery on");

const hasWaited = z
  .boolean()
  .optional()
  .describe("It was told to come back now, when its turn with the provider's quota comes");

/** A chunk to fetch. */
export const chunkItemSchema = z.object({
  kind: z.literal("chunk"),
  syncId: syncIdSchema,
  run,
  chunkIndex: index,
  pageNumber: index,
  mark: pageMarkSchema.default(""),
  messageIds,
  content: contentModeSchema,
  refresh: z.boolean().describe("Fetch also what is stored, and write it anew"),
  changes: z
    .array(netChangeSchema)
    .max(500)
    .nullable()
    .default(null)
    .describe("What has become of each message; null when all are to be fetched"),
  history,
  isSuspect,
  hasWaited,
});
export type ChunkItem = z.infer<typeof chunkItemSchema>;

/** Dead letters of one chunk to try again: `messageIds[i]` is the letter `ordinals[i]`. */
export const redriveItemSchema = z.object({
  kind: z.literal("redrive"),
  syncId: syncIdSchema,
  chunkIndex: index,
  messageIds,
  ordinals: z.array(index).min(1).max(500),
  content: contentModeSchema,
  history,
  isSuspect,
  hasWaited,
});
export type RedriveItem = z.infer<typeof redriveItemSchema>;

/** What fetchers claim. */
export const fetchItemSchema = z.discriminatedUnion("kind", [chunkItemSchema, redriveItemSchema]);
export type FetchItem = z.infer<typeof fetchItemSchema>;

/** The next page of a listing. */
export const listItemSchema = z.object({
  kind: z.literal("list"),
  syncId: syncIdSchema,
  run,
  pageNumber: index,
  history,
});
export type ListItem = z.infer<typeof listItemSchema>;

/** Compare the provider's ids with the store. `syncId` names the verification here. */
export const verifyItemSchema = z.object({
  kind: z.literal("verify"),
  syncId: syncIdSchema,
  repair: z.boolean(),
  isScheduled: z
    .boolean()
    .optional()
    .describe("Nobody waits for it: it uses what others leave of the quota, and of the workers"),
  history,
});
export type VerifyItem = z.infer<typeof verifyItemSchema>;

/** Ask whether a mailbox that refused us can be read again. `syncId` names the sync that waits for it. */
export const probeItemSchema = z.object({
  kind: z.literal("probe"),
  syncId: syncIdSchema,
  history,
});

/** What the chunker claims of the work queue. */
export const listingItemSchema = z.discriminatedUnion("kind", [
  listItemSchema,
  verifyItemSchema,
  probeItemSchema,
]);
export type ListingItem = z.infer<typeof listingItemSchema>;

/** A piece of work on the queue: all that a worker needs to know. Derived from the log and rebuildable from it. */
export type WorkItem = FetchItem | ListingItem;

/**
 * What names a piece of work within its sync. What an earlier run planned is another piece: it is void, and must not
 * be taken for that of this run when somebody looks at what is queued.
 */
export function workKey(item: WorkItem): string {
  switch (item.kind) {
    case "chunk":
      return chunkKey(item.run, item.chunkIndex);
    case "redrive":
      return redriveKey(item.ordinals[0] ?? 0);
    case "list":
      return `list-${item.run}-${item.pageNumber}`;
    case "verify":
    case "probe":
      return item.kind;
  }
}

/** What a stored message bears of the work that wrote it, beside the sync: the same in all deliveries of that work. */
export const workMark = (item: FetchItem): string =>
  `${item.chunkIndex}.${item.kind === "chunk" ? item.mark : item.kind}`;

/** The key of a chunk. */
export const chunkKey = (run: number, chunkIndex: number): string => `chunk-${run}-${chunkIndex}`;

/** The key of dead letters that are tried again. @param ordinal of the first of them */
export const redriveKey = (ordinal: number): string => `redrive-${ordinal}`;

/** The newest mail shows up first: the first chunk of a full sync, and all of an incremental one, take the live lane. */
export function laneOf(mode: "full" | "incremental", chunkIndex: number): Lane {
  return mode === "incremental" || chunkIndex === 0 ? "live" : "bulk";
}
