import { z } from "zod";
import { syncIdSchema } from "./identifiers.ts";
import { requestedModeSchema, syncRequestSchema, syncScopeSchema } from "./sync-request.ts";

export const contentModeSchema = z
  .enum(["metadata", "full", "raw"])
  .describe("metadata: headers only; full: parsed message; raw: the exact bytes as well");

/**
 * How a sync gets its messages, stage by stage. listing: what the mailbox holds, or the part of it that was asked for;
 * reconcile: what of an earlier copy the mailbox does not have like this any more; changes: what has happened since the
 * watermark; findings: what a verification found.
 */
export const stageSchema = z.enum(["listing", "reconcile", "changes", "findings"]);
export type Stage = z.infer<typeof stageSchema>;

/** Everything a running sync needs to know of itself, fixed when it started; only `run`, `round`, `joined` and `pausedMs` move. */
export const activeSyncSchema = z.object({
  syncId: syncIdSchema,
  mode: z.enum(["full", "incremental"]),
  requestedMode: requestedModeSchema,
  scope: syncScopeSchema,
  repairOf: syncRequestSchema.shape.repairOf,
  chunkSize: z.int().min(1).max(500),
  windowChunks: z.int().min(1).max(1000).describe("How many chunks may be outstanding at once"),
  content: contentModeSchema,
  startedAt: z.iso.datetime(),
  run: z
    .int()
    .nonnegative()
    .describe("Counts how often its work was planned anew as a whole; work of an earlier run is void"),
  plan: z.array(stageSchema).min(1).default(["listing"]).describe("Its stages, in order"),
  since: z.string().nullable().default(null).describe("The watermark that an incremental sync begins at"),
  round: z
    .int()
    .nonnegative()
    .default(0)
    .describe("Counts how often it began anew, because the provider had forgotten its watermark"),
  joined: z
    .int()
    .nonnegative()
    .default(0)
    .describe(
      "Requests that were coalesced into it: changes that were read before the last of them do not do",
    ),
  pausedMs: z
    .int()
    .nonnegative()
    .default(0)
    .describe("How long it has paused since it started, pauses that are over"),
});
export type ActiveSync = z.infer<typeof activeSyncSchema>;

const waitingRequestSchema = syncRequestSchema.required({ syncId: true, requestedAt: true });

export const waitingMax = 16;
export const recentSyncIdsMax = 32;
/** The active sync and all that wait. */
const heldMax = waitingMax + 1;

/**
 * The state of an account's syncs, carried by each fact about them (rule I11: one active sync an account).
 * As with a chunk's progress, the newest fact on the subject is the whole truth, and the next one is
 * appended expecting it to be the last.
 */
export const accountCourseSchema = z.object({
  active: activeSyncSchema.nullable(),
  waiting: z
    .array(waitingRequestSchema)
    .max(waitingMax)
    .describe("Asked for more than the active sync covers; in order"),
  held: z
    .array(z.object({ syncId: syncIdSchema, since: z.iso.datetime() }))
    .max(heldMax)
    .describe("Paused by a person, until that person resumes them"),
  consentLost: z
    .object({ since: z.iso.datetime(), message: z.string().max(1000) })
    .nullable()
    .describe("The mailbox has to be connected again; until then all syncs of the account pause"),
  recentSyncIds: z
    .array(syncIdSchema)
    .max(recentSyncIdsMax)
    .describe("Decided already: a redelivered request changes nothing"),
  watermark: z.string().nullable().describe("The account is known to be complete up to here"),
  removal: z
    .object({
      requestedAt: z.iso.datetime(),
      requestId: z.string().min(1).max(128),
      removedAt: z.iso.datetime().optional().describe("Absent until nothing of its mail is kept any more"),
    })
    .optional()
    .describe("The account is being removed, or was: nothing starts any more, for ever"),
});
export type AccountCourse = z.infer<typeof accountCourseSchema>;

export const idleCourse: AccountCourse = Object.freeze({
  active: null,
  waiting: [],
  held: [],
  consentLost: null,
  recentSyncIds: [],
  watermark: null,
});
