import { contentModeSchema, stageSchema } from "@millrace/shared/events/account-course";
import { faultCategorySchema } from "@millrace/shared/events/attempt";
import { accountIdSchema, syncIdSchema } from "@millrace/shared/events/identifiers";
import { ledgerSchema } from "@millrace/shared/events/ledger";
import { requestedModeSchema, syncScopeSchema } from "@millrace/shared/events/sync-request";
import { laneSchema } from "@millrace/shared/events/work-item";
import { z } from "zod";
import { plainText } from "./plain-text.ts";
import { timeSchema } from "./time.ts";

export const syncStatusSchema = z
  .enum([
    "requested",
    "queued",
    "running",
    "paused",
    "completed",
    "partial",
    "failed",
    "cancelled",
    "coalesced",
  ])
  .describe(
    "requested: accepted, not begun; queued: waits for the account's active sync; paused: see `paused`; partial: " +
      "complete but for dead letters, which can be redriven; coalesced: another sync covers it",
  );
export type SyncStatus = z.infer<typeof syncStatusSchema>;

const endings: ReadonlySet<SyncStatus> = new Set([
  "completed",
  "partial",
  "failed",
  "cancelled",
  "coalesced",
]);

/** Nothing of it changes any more, but for its dead letters: a partial one completes when they are redriven. */
export const hasEnded = (sync: { readonly status: SyncStatus }): boolean => endings.has(sync.status);

/** It has ended, and none of its dead letters is tried again. */
export const isOver = (sync: Pick<Sync, "status" | "progress">): boolean =>
  hasEnded(sync) && sync.progress.redriving === 0;

export const syncLinksSchema = z.object({
  self: z.string(),
  stream: z.string().describe("Live progress, as server-sent events"),
  events: z.string().describe("The audit trail"),
  chunks: z.string(),
  deadLetters: z.string().describe("Its messages that were set aside"),
  pause: z.string(),
  resume: z.string(),
  cancel: z.string(),
  retry: z.string(),
});

export function syncLinks(syncId: string): z.infer<typeof syncLinksSchema> {
  const self = `/v1/syncs/${syncId}`;
  return {
    self,
    stream: `${self}/stream`,
    events: `${self}/events`,
    chunks: `${self}/chunks`,
    deadLetters: `/v1/dead-letters?syncId=${syncId}`,
    pause: `${self}/pause`,
    resume: `${self}/resume`,
    cancel: `${self}/cancel`,
    retry: `${self}/retry`,
  };
}

const count = z.int().nonnegative();

export const versionSchema = z
  .string()
  .regex(/^\d{1,9}-\d{1,16}$/)
  .describe("<epoch>-<seq>: a position in the log. Compare the epochs, then the sequences, as numbers.");

export const syncSchema = z
  .object({
    id: syncIdSchema,
    accountId: accountIdSchema,
    status: syncStatusSchema,
    mode: z.enum(["full", "incremental"]).nullable(),
    requestedMode: requestedModeSchema.nullable(),
    stage: stageSchema
      .nullable()
      .describe(
        "listing: what the mailbox holds; reconcile: what of an earlier copy is not right any more; changes: what has " +
          "happened since; findings: what a verification found",
      ),
    trigger: z.string().nullable().describe("Who asked: api, event, schedule, push or reconciler"),
    scope: z.object({
      chunkSize: z.int().nullable(),
      query: z.string().nullable(),
      labelIds: z.array(z.string()).nullable(),
    }),
    content: contentModeSchema.nullable(),
    lane: laneSchema
      .nullable()
      .describe("Where its work waits while it runs: newest mail takes the live lane"),
    requestedAt: timeSchema.nullable(),
    startedAt: timeSchema.nullable(),
    endedAt: timeSchema.nullable(),
    coalescedInto: syncIdSchema.nullable(),
    repairOf: syncIdSchema.nullable().describe("The verification whose findings it takes in"),
    paused: z
      .object({
        reason: z
          .enum(["requested", "consent_lost"])
          .describe("requested: by a person; consent_lost: the provider refuses the mailbox"),
        message: z.string(),
        since: timeSchema,
        resumesBy: z.string().describe("What will resume it, in words"),
      })
      .nullable(),
    trouble: z
      .object({
        category: faultCategorySchema,
        message: z.string(),
        at: timeSchema,
        nextAt: timeSchema.nullable().describe("When it is tried again by itself"),
        since: timeSchema.describe(
          "When the first attempt failed that nothing has succeeded after. One that dealt with messages that no attempt had dealt with " +
            "before has succeeded so far; a pause, and work that is planned anew, change nothing of it",
        ),
        attempt: z
          .int()
          .min(1)
          .nullable()
          .describe("Which attempt at that piece of work it was; null: told by an earlier release"),
        setAsideAt: z
          .int()
          .min(1)
          .nullable()
          .describe(
            "The attempt that is the last one when all until then fail, and the mailbox itself can be read: then what is left " +
              "of that piece of work is set aside; null: it is tried for as long as it takes",
          ),
        open: count
          .nullable()
          .describe(
            "How many messages of that piece of work are tried again, the others of it are dealt with; null: it was a listing, or " +
              "what was left of it is set aside, or an earlier release told it",
          ),
      })
      .nullable()
      .describe("The newest attempt that failed, while nothing has succeeded since"),
    failure: z.object({ category: z.string(), message: z.string() }).nullable(),
    watermark: z.string().nullable().describe("Where the account is complete to, after this sync"),
    progress: z.object({
      listed: count.describe("Message ids listed so far"),
      listingComplete: z.boolean().describe("Nothing more will be listed, changes included"),
      estimatedTotal: count.nullable().describe("The provider's own estimate"),
      settled: count.describe("Messages whose chunk is done"),
      handled: count.describe(
        "Messages that are dealt with: those that are settled, and those of chunks that are still open, as far as attempts at " +
          "them told. It never falls; of a sync that is complete it is what is settled",
      ),
      stored: count,
      unchanged: count,
      gone: count,
      deadLettered: count,
      chunksListed: count,
      chunksSettled: count,
      redriving: count.describe("Of those that are dead-lettered: how many are being tried again"),
      secondsLeft: count
        .nullable()
        .describe(
          "Until all is settled, as things are now: at the pace so far, or what the provider's quota takes if that is slower; " +
            "null while nobody can tell, as when attempts have failed for a minute and no message was dealt with meanwhile, or nothing " +
            "has moved for more than `stillAfterSeconds`",
        ),
      stillSeconds: count
        .nullable()
        .describe(
          "For how long nothing had moved when this was told: no page listed, no chunk settled, no attempt failed; null: it does " +
            "not run, or nobody knows",
        ),
      stillAfterSeconds: count.describe(
        "Nothing moving for longer than this is more than slowness: at least 30 s, more where its chunks take longer",
      ),
    }),
    ledger: ledgerSchema.extend({
      balanced: z.boolean().describe("listed = stored + unchanged + gone + deadLettered"),
    }),
    version: versionSchema,
    traceId: z
      .string()
      .describe("The trace that leads to all others of the sync, where the services send traces (32 digits)"),
    links: syncLinksSchema,
  })
  .meta({ id: "Sync", description: "One run over one account" });
export type Sync = z.infer<typeof syncSchema>;

export const syncRequestBodySchema = z
  .strictObject({
    accountId: accountIdSchema,
    mode: requestedModeSchema.default("auto"),
    chunkSize: syncScopeSchema.shape.chunkSize,
    query: plainText(1, 1000).optional().describe("The provider's own search expression"),
    labelIds: z
      .array(plainText(1, 200))
      .min(1)
      .max(20)
      .optional()
      .describe("Only messages with all of these"),
  })
  .meta({ id: "SyncRequest" });
export type SyncRequestBody = z.infer<typeof syncRequestBodySchema>;

export const syncAcceptedSchema = z
  .object({ syncId: syncIdSchema, status: z.literal("requested"), links: syncLinksSchema })
  .meta({ id: "SyncAccepted" });

/** For whoever watches on after a wish. */
export const watchableVersionSchema = versionSchema
  .nullable()
  .describe(
    "Where in the log the wish stands, null when nothing had to be written. A stream that is opened with this as its " +
      "`Last-Event-ID` does not end with what was before.",
  );

export const controlAnswerSchema = z
  .object({
    syncId: syncIdSchema,
    status: syncStatusSchema.describe(
      "As it was decided now; what is shown of the sync follows within moments",
    ),
    retryOf: syncIdSchema.nullable().describe("The sync that this new one was asked for in the place of"),
    redriven: count.nullable().describe("Dead letters that were put back"),
    version: watchableVersionSchema,
    links: syncLinksSchema,
  })
  .meta({ id: "SyncControl", description: "What became of a wish about a sync" });
export type ControlAnswer = z.infer<typeof controlAnswerSchema>;
