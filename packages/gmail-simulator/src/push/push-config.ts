import { z } from "zod";

/** How changes of watched mailboxes are pushed. Names stand for those of Google Cloud; nothing but the endpoint is asked. */
export const pushConfigSchema = z.strictObject({
  /** Where push requests go. */
  endpoint: z.url({ protocol: /^https?$/ }),
  /** The token's `aud`; the endpoint when absent, as with Pub/Sub. */
  audience: z.string().min(1).max(1_000).optional(),
  issuer: z.string().min(1).max(1_000).default("https://accounts.google.com"),
  /** The token's `email`. */
  serviceAccount: z.email().default("push@simulator.iam.gserviceaccount.com"),
  subscription: z.string().min(1).max(300).default("projects/simulator/subscriptions/millrace"),
  /** At most one notification of a user in so long, as Gmail does; 0: one for each change. */
  intervalMs: z.number().int().min(0).max(60_000).default(1_000),
  /** The first wait before a refused request is sent again; it doubles up to ten seconds. */
  retryMs: z.number().int().min(1).max(60_000).default(200),
});

export type PushConfigInput = z.input<typeof pushConfigSchema>;
export type PushConfig = z.output<typeof pushConfigSchema>;

/** A notification that is sent whatever has happened: doubled, late, of a mailbox that nobody knows, a thousand at once. */
export const manualPushSchema = z.strictObject({
  email: z.email().max(320),
  /** The mailbox's newest when absent. */
  historyId: z
    .string()
    .regex(/^\d{1,40}$/, "must be a number")
    .optional(),
  /** The same one again is a redelivery; a new one when absent. */
  messageId: z.string().min(1).max(100).optional(),
  count: z.number().int().min(1).max(10_000).default(1),
});

export type ManualPush = z.input<typeof manualPushSchema>;
