import { contentModeSchema } from "@millrace/shared/events/account-course";
import { accountIdSchema, syncIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import { plainText } from "./plain-text.ts";
import { timeSchema } from "./time.ts";

export const accountSchema = z
  .object({
    id: accountIdSchema,
    provider: z.literal("gmail"),
    email: z.string(),
    content: contentModeSchema,
    watermark: z.string().nullable().describe("The provider's cursor up to which the copy is complete"),
    activeSyncId: syncIdSchema.nullable(),
    lastSyncId: syncIdSchema.nullable().describe("The newest sync that was completed"),
    lastSyncedAt: timeSchema.nullable(),
    createdAt: timeSchema,
  })
  .meta({ id: "Account", description: "A connected mailbox. Its credentials are never shown." });
export type Account = z.infer<typeof accountSchema>;

export const accountRequestSchema = z
  .strictObject({
    provider: z.literal("gmail"),
    email: plainText(3, 320).regex(/^[^\s@]+@[^\s@]+$/, "must be an email address"),
    content: contentModeSchema.default("full"),
    credentials: z
      .strictObject({ refreshToken: plainText(1, 4096).describe("Google's OAuth 2.0 refresh token") })
      .describe("Kept encrypted, and never shown again"),
  })
  .meta({ id: "AccountRequest" });
