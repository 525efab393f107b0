import { endpointIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import { webhookEventSchema } from "../webhook-delivery/webhook-payload.ts";
import { plainText } from "./plain-text.ts";
import { timeSchema } from "./time.ts";

const url = plainText(1, 2_048).meta({
  format: "uri",
  description: "Where messages are posted to: https, a public address, no redirect",
});
const events = z
  .array(webhookEventSchema)
  .min(1)
  .max(webhookEventSchema.options.length)
  .refine((types) => new Set(types).size === types.length, "must name each type once");
const description = plainText(0, 500);

export const endpointSchema = z
  .object({
    id: endpointIdSchema,
    url: z.string(),
    events,
    description: z.string().nullable(),
    enabled: z.boolean(),
    disabled: z
      .object({
        reason: z
          .enum(["requested", "gone", "failing"])
          .describe(
            "requested: by its tenant; gone: it answered 410; failing: it has taken nothing for days",
          ),
        at: timeSchema,
      })
      .nullable(),
    failures: z.int().describe("Attempts in a row that failed"),
    failingSince: timeSchema.nullable(),
    leftAloneUntil: timeSchema
      .nullable()
      .describe("It failed too often in a row: until then nothing is sent, then one message"),
    previousSecretUntil: timeSchema
      .nullable()
      .describe("Until then messages are signed with the secret before the last rotation as well"),
    createdAt: timeSchema,
    updatedAt: timeSchema,
    links: z.object({ self: z.string(), deliveries: z.string() }),
  })
  .meta({ id: "WebhookEndpoint", description: "Where a tenant is told of what happens" });
export type Endpoint = z.infer<typeof endpointSchema>;

const secret = z
  .string()
  .describe("whsec_…: what signatures are checked with (Standard Webhooks). It is shown this once");

export const newEndpointSchema = z
  .object({ ...endpointSchema.shape, secret })
  .meta({ id: "NewWebhookEndpoint", description: "An endpoint with its secret" });

export const endpointRequestSchema = z
  .strictObject({ url, events, description: description.optional() })
  .meta({ id: "WebhookEndpointRequest" });

export const endpointChangeSchema = z
  .strictObject({
    url: url.optional(),
    events: events.optional(),
    description: description.nullable().optional(),
    enabled: z.boolean().optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), "must name what to change")
  .meta({ id: "WebhookEndpointChange" });

export const rotatedSecretSchema = z
  .object({ secret, previousSecretUntil: timeSchema })
  .meta({ id: "RotatedWebhookSecret" });
