import { rowIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import { timeSchema } from "./time.ts";

export const webhookMessageIdSchema = rowIdSchema.describe("A message's id: the header `webhook-id`");

export const deliveryStateSchema = z
  .enum(["pending", "delivered", "exhausted", "skipped"])
  .describe(
    "pending: it is tried; delivered: a 2xx came; exhausted: it was given up after three days, or a 410; skipped: the " +
      "endpoint was disabled",
  );

export const deliverySchema = z
  .object({
    messageId: webhookMessageIdSchema,
    type: z.string(),
    state: deliveryStateSchema,
    attempts: z.int().describe("Since it was queued, or queued again by a replay"),
    lastAttemptAt: timeSchema.nullable(),
    lastStatus: z.int().nullable().describe("HTTP status of the last attempt; null: there was no answer"),
    lastError: z.string().nullable(),
    nextAttemptAt: timeSchema
      .nullable()
      .describe("Not before then, and not while the endpoint is left alone; null: none"),
    deliveredAt: timeSchema.nullable(),
    createdAt: timeSchema,
  })
  .meta({ id: "WebhookDelivery", description: "A message to an endpoint, and what became of it" });
export type WebhookDelivery = z.infer<typeof deliverySchema>;

/** A time as the client has it: ISO 8601 with any offset. */
export const replayRequestSchema = z
  .union([
    z.strictObject({ since: z.iso.datetime({ offset: true }) }),
    z.strictObject({ messageId: webhookMessageIdSchema }),
  ])
  .meta({ id: "WebhookReplayRequest", description: "All messages since a time, or one" });

export const replayedSchema = z
  .object({
    replayed: z.int().describe("Messages that are sent again, under the same ids"),
    nextSince: timeSchema
      .nullable()
      .describe("There are more than one call takes: ask again with this time; null: those were all"),
  })
  .meta({ id: "WebhookReplay" });
