import { z } from "zod";

const email = z.email().max(320);
const labelIds = z.array(z.string().min(1).max(200)).max(100);
const messageIds = z.array(z.string().min(1).max(64)).min(1).max(10_000);

export const newMailboxSchema = z.strictObject({
  email,
  /** Messages to generate; absent or 0 for an empty mailbox. */
  generate: z.number().int().min(0).max(100_000_000).default(0),
  seed: z.number().int().optional(),
});

const newMessageSchema = z.strictObject({
  /** The whole message, base64 or base64url. */
  raw: z.string().min(1),
  labelIds: labelIds.default(["INBOX", "UNREAD"]),
  /** Milliseconds since the epoch; now when absent. */
  internalDateMs: z.number().int().min(0).optional(),
  threadId: z.string().max(64).optional(),
});

export const newMessagesSchema = z.union([
  z.strictObject({ messages: z.array(newMessageSchema).min(1).max(1_000) }),
  z.strictObject({
    generate: z.number().int().min(1).max(100_000),
    labelIds: labelIds.default(["INBOX", "UNREAD"]),
  }),
]);

export const deletedMessagesSchema = z.strictObject({ ids: messageIds });
export const relabelSchema = z.strictObject({ add: labelIds.default([]), remove: labelIds.default([]) });
export const labelNameSchema = z.strictObject({ name: z.string().trim().min(1).max(225) });
export const grantSchema = z.strictObject({ granted: z.boolean() });

export type NewMailbox = z.input<typeof newMailboxSchema>;
export type NewMessage = z.input<typeof newMessageSchema>;
export type Relabel = z.input<typeof relabelSchema>;
