import { attachmentModeSchema } from "@millrace/shared/attachments/attachment-mode";
import { contentModeSchema } from "@millrace/shared/events/account-course";
import { accountIdSchema, syncIdSchema } from "@millrace/shared/events/identifiers";
import { defaultSchedule, scheduleSchema } from "@millrace/shared/schedules/schedule";
import { z } from "zod";
import { plainText } from "./plain-text.ts";
import { timeSchema } from "./time.ts";

export const attachmentsDescription =
  "metadata: names and sizes, content is passed through from the provider when it is asked for; lazy: content is kept " +
  "once it was asked for; eager: syncs fetch and keep it";

export const accountSchema = z
  .object({
    id: accountIdSchema,
    provider: z.literal("gmail"),
    email: z.string(),
    content: contentModeSchema,
    attachments: attachmentModeSchema.describe(attachmentsDescription),
    status: z
      .enum(["connected", "reauth_required", "removing"])
      .describe(
        "reauth_required: the provider refuses the mailbox, its syncs pause; connect it again. removing: its removal was " +
          "asked for, nothing of its mail can be read any more",
      ),
    reauth: z
      .object({ since: timeSchema, message: z.string() })
      .nullable()
      .describe("Since when the mailbox has to be connected again, and what the provider said"),
    consentEndsAt: timeSchema
      .nullable()
      .describe(
        "When the provider takes its consent back by itself, as it said when the mailbox was connected: connect it again " +
          "before; null: no end is known",
      ),
    watermark: z.string().nullable().describe("The provider's cursor up to which the copy is complete"),
    activeSyncId: syncIdSchema.nullable(),
    lastSyncId: syncIdSchema.nullable().describe("The newest sync that was completed"),
    lastSyncedAt: timeSchema.nullable(),
    schedule: scheduleSchema,
    nextRunAt: timeSchema.nullable().describe("When the schedule looks the next time; null: never"),
    lastRunAt: timeSchema
      .nullable()
      .describe("When the schedule looked last, whether that took a sync or not"),
    watch: z
      .object({
        expiresAt: timeSchema
          .nullable()
          .describe("When it ends unless it is renewed; null: it is not set yet"),
        lapsedSince: timeSchema
          .nullable()
          .describe(
            "Since when the provider has told nothing of the mailbox, although it should have: the watch has ended, or a " +
              "poll found what nobody had told of. Polls find changes meanwhile",
          ),
      })
      .nullable()
      .describe("Whether the provider tells of the mailbox's changes; null: it is not asked to"),
    hold: z
      .object({ since: timeSchema, reason: z.string() })
      .nullable()
      .describe("A legal hold: nothing of it is removed by age while it lasts"),
    verification: z
      .object({
        nextAt: timeSchema
          .nullable()
          .describe(
            "When the mailbox is compared with the store by itself the next time; null: not by itself",
          ),
        lastAt: timeSchema.nullable().describe("When it was compared last, and came to its end"),
        lastId: syncIdSchema.nullable().describe("That comparison"),
        differences: z.int().nonnegative().nullable().describe("What it found, of all kinds together"),
        driftsInRow: z
          .int()
          .nonnegative()
          .describe(
            "In so many comparisons in a row there were differences, although those before were taken in. From 2 on " +
              "somebody should look why",
          ),
      })
      .describe("Whether the copy is what the mailbox is"),
    createdAt: timeSchema,
  })
  .meta({ id: "Account", description: "A connected mailbox. Its credentials are never shown." });
export type Account = z.infer<typeof accountSchema>;

const credentialsSchema = z
  .strictObject({ refreshToken: plainText(1, 4096).describe("Google's OAuth 2.0 refresh token") })
  .describe("Kept encrypted, and never shown again");

export const emailSchema = plainText(3, 320).regex(/^[^\s@]+@[^\s@]+$/, "must be an email address");

const checkSchema = z
  .boolean()
  .default(false)
  .describe(
    "true: the provider is asked first whether the credentials open the mailbox, and nothing is stored when they do not; " +
      "false: that shows in the first sync",
  );

export const accountRequestSchema = z
  .strictObject({
    provider: z.literal("gmail"),
    email: emailSchema,
    content: contentModeSchema.default("full"),
    attachments: attachmentModeSchema.default("metadata").describe(attachmentsDescription),
    schedule: scheduleSchema.default(defaultSchedule),
    credentials: credentialsSchema,
    check: checkSchema,
  })
  .meta({ id: "AccountRequest" });

export const accountChangeSchema = z
  .strictObject({
    attachments: attachmentModeSchema.optional().describe(attachmentsDescription),
    schedule: scheduleSchema.optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), "must name what to change")
  .meta({ id: "AccountChange" });

export const holdRequestSchema = z
  .strictObject({ reason: plainText(1, 500).describe("For those who wonder later why it is held") })
  .meta({ id: "HoldRequest" });

export const credentialsRequestSchema = z
  .strictObject({ credentials: credentialsSchema, check: checkSchema })
  .meta({ id: "CredentialsRequest" });
