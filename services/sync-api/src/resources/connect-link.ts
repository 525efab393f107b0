import { attachmentModeSchema } from "@millrace/shared/attachments/attachment-mode";
import { contentModeSchema } from "@millrace/shared/events/account-course";
import { accountIdSchema, rowIdSchema, syncIdSchema } from "@millrace/shared/events/identifiers";
import { defaultSchedule, scheduleSchema } from "@millrace/shared/schedules/schedule";
import { z } from "zod";
import { connectFailureSchema } from "../oauth/connect-failure.ts";
import { attachmentsDescription, emailSchema } from "./account.ts";
import { plainText } from "./plain-text.ts";
import { timeSchema } from "./time.ts";

export const accessSchema = z
  .enum(["read", "modify"])
  .describe("What the person is asked to allow: read: to read mail; modify: to change it as well");

export const connectLinkRequestSchema = z
  .strictObject({
    returnUrl: plainText(1, 2000).describe(
      "Where the browser goes in the end, with `status` (connected or failed), `accountId` and `receipt`, or `error` " +
        "added to its query. On the tenant's list of return addresses, or below one of them",
    ),
    accountId: accountIdSchema
      .optional()
      .describe("Connects this account again, and accepts no other mailbox than its own"),
    loginHint: emailSchema
      .optional()
      .describe("The address of the mailbox that is meant; of an account that is connected again, its own"),
    access: accessSchema.default("read"),
    content: contentModeSchema.default("full").describe("Of a mailbox that is connected the first time"),
    attachments: attachmentModeSchema.default("metadata").describe(attachmentsDescription),
    schedule: scheduleSchema.default(defaultSchedule),
  })
  .meta({ id: "ConnectLinkRequest" });
export type ConnectLinkRequest = z.infer<typeof connectLinkRequestSchema>;

export const connectLinkSchema = z
  .object({
    id: rowIdSchema,
    status: z
      .enum(["open", "connected", "expired"])
      .describe(
        "open: may be opened, also again after an attempt that failed; connected: it has done its work",
      ),
    accountId: accountIdSchema.nullable().describe("The account that it has connected"),
    syncId: syncIdSchema.nullable().describe("The account's first sync, where it was asked for with it"),
    receipt: z
      .string()
      .nullable()
      .describe(
        "Random. Of all browsers only the one in which the person consented has it, in the query of `returnUrl`: a " +
          "browser that brings another one, or none, belongs to somebody else",
      ),
    failure: z
      .object({ code: connectFailureSchema, message: z.string(), at: timeSchema })
      .nullable()
      .describe("Why the newest attempt failed, and what to do"),
    access: accessSchema,
    returnUrl: z.string(),
    createdAt: timeSchema,
    expiresAt: timeSchema,
    connectedAt: timeSchema.nullable(),
  })
  .meta({
    id: "ConnectLink",
    description: "A link by which a person connects a mailbox, and what came of it",
  });
export type ConnectLink = z.infer<typeof connectLinkSchema>;

export const newConnectLinkSchema = connectLinkSchema
  .extend({ url: z.url().describe("Send the person's browser there. It is shown this once") })
  .meta({ id: "NewConnectLink" });
