import { contentModeSchema } from "@millrace/shared/events/account-course";
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
    "requested: accepted, not begun; queued: waits for the account's active sync; partial: complete but for dead " +
      "letters; coalesced: another sync covers it",
  );
export type SyncStatus = z.infer<typeof syncStatusSchema>;

const endings: ReadonlySet<SyncStatus> = new Set([
  "completed",
  "partial",
  "failed",
  "cancelled",
  "coalesced",
]);

/** Nothing of it changes any more. */
export const hasEnded = (sync: { readonly status: SyncStatus }): boolean => endings.has(sync.status);

export const syncLinksSchema = z.object({
  self: z.string(),
  stream: z.string().describe("Live progress, as server-sent events"),
  events: z.string().describe("The audit trail"),
  chunks: z.string(),
});

export function syncLinks(syncId: string): z.infer<typeof syncLinksSchema> {
  const self = `/v1/syncs/${syncId}`;
  return { self, stream: `${self}/stream`, events: `${self}/events`, chunks: `${self}/chunks` };
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
    failure: z.object({ category: z.string(), message: z.string() }).nullable(),
    watermark: z.string().nullable().describe("Where the account is complete to, after this sync"),
    progress: z.object({
      listed: count.describe("Message ids listed so far"),
      listingComplete: z.boolean(),
      estimatedTotal: count.nullable().describe("The provider's own estimate"),
      settled: count.describe("Messages whose chunk is done"),
      stored: count,
      unchanged: count,
      gone: count,
      deadLettered: count,
      chunksListed: count,
      chunksSettled: count,
    }),
    ledger: ledgerSchema.extend({
      balanced: z.boolean().describe("listed = stored + unchanged + gone + deadLettered"),
    }),
    version: versionSchema,
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
