import { z } from "zod";
import { syncIdSchema } from "./identifiers.ts";
import { requestedModeSchema, syncRequestSchema, syncScopeSchema } from "./sync-request.ts";

export const contentModeSchema = z
  .enum(["metadata", "full", "raw"])
  .describe("metadata: headers only; full: parsed message; raw: the exact bytes as well");

/** Everything a running sync needs to know of itself, fixed when it started. */
export const activeSyncSchema = z.object({
  syncId: syncIdSchema,
  mode: z.enum(["full", "incremental"]),
  requestedMode: requestedModeSchema,
  scope: syncScopeSchema,
  chunkSize: z.int().min(1).max(500),
  windowChunks: z.int().min(1).max(1000).describe("How many chunks may be outstanding at once"),
  content: contentModeSchema,
  baseline: z.string().describe("The provider's watermark before the listing began"),
  startedAt: z.iso.datetime(),
});
export type ActiveSync = z.infer<typeof activeSyncSchema>;

const waitingRequestSchema = syncRequestSchema.required({ syncId: true, requestedAt: true });

/**
 * The state of an account's syncs, carried by each fact about them (rule I11: one active sync an account).
 * As with a chunk's progress, the newest fact on the subject is the whole truth, and the next one is
 * appended expecting it to be the last.
 */
export const accountCourseSchema = z.object({
  active: activeSyncSchema.nullable(),
  waiting: z
    .array(waitingRequestSchema)
    .max(16)
    .describe("Asked for more than the active sync covers; in order"),
  recentSyncIds: z
    .array(syncIdSchema)
    .max(32)
    .describe("Decided already: a redelivered request changes nothing"),
  watermark: z.string().nullable().describe("The account is known to be complete up to here"),
});
export type AccountCourse = z.infer<typeof accountCourseSchema>;

export const waitingMax = 16;
export const recentSyncIdsMax = 32;

export const idleCourse: AccountCourse = Object.freeze({
  active: null,
  waiting: [],
  recentSyncIds: [],
  watermark: null,
});
