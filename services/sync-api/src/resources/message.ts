import { contentModeSchema } from "@millrace/shared/events/account-course";
import { accountIdSchema, rowIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import { timeSchema } from "./time.ts";

export const messageIdSchema = rowIdSchema.describe("A stored message's id");

const addressSchema = z.object({ name: z.string(), address: z.string() });
const addressesSchema = z.array(addressSchema);

export const includeDeletedSchema = z
  .enum(["true", "false"])
  .default("false")
  .describe("true: also messages that are deleted, until retention removes them");

export const messageSummarySchema = z
  .object({
    id: messageIdSchema,
    providerId: z.string(),
    threadId: z.string().nullable(),
    subject: z.string().nullable(),
    from: addressesSchema,
    to: addressesSchema,
    receivedAt: timeSchema.nullable(),
    labelIds: z.array(z.string()),
    snippet: z.string(),
    sizeBytes: z.int().nonnegative(),
    hasAttachments: z.boolean().describe("Has a part that is not shown inline"),
    deletedAt: timeSchema.nullable().describe("Since when the mailbox shows it no more, as far as we know"),
    deletedWhy: z.string().nullable(),
  })
  .meta({ id: "MessageSummary" });
export type MessageSummary = z.infer<typeof messageSummarySchema>;

const attachmentSchema = z.object({
  partId: z.string(),
  filename: z.string().nullable(),
  mimeType: z.string(),
  sizeBytes: z.int().nonnegative(),
  contentId: z.string().nullable(),
  disposition: z.string().nullable(),
});

export const messageSchema = messageSummarySchema
  .extend({
    accountId: accountIdSchema,
    content: contentModeSchema,
    historyId: z.string().nullable(),
    sentAt: timeSchema.nullable(),
    sender: addressesSchema,
    replyTo: addressesSchema,
    cc: addressesSchema,
    bcc: addressesSchema,
    messageIdHeader: z.string().nullable(),
    inReplyTo: z.string().nullable(),
    references: z.array(z.string()),
    headers: z.array(z.tuple([z.string(), z.string()])).describe("[name, value] in the message's order"),
    text: z.string().nullable(),
    html: z.string().nullable().describe("As it was sent: sanitise it before you show it"),
    attachments: z.array(attachmentSchema),
    defects: z.array(z.string()).describe("What was broken and how it was stored all the same"),
    rawSha256: z.string().nullable(),
    storedAt: timeSchema,
    links: z.object({ self: z.string(), raw: z.string() }),
  })
  .meta({ id: "Message" });
export type Message = z.infer<typeof messageSchema>;
