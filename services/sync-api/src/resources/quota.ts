import { accountIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import { timeSchema } from "./time.ts";

const units = z.number().nonnegative();

const budgetSchema = z.object({
  unitsPerMinute: units.describe("What the provider allows in any minute"),
  unitsPerMinuteNow: units.describe(
    "What is used of it now: less for a while after the provider has refused calls, because others use the mailbox too",
  ),
  usedLastMinute: units,
});

export const quotaSchema = z
  .object({
    accountId: accountIdSchema,
    limited: z.boolean().describe("False: no quota is kept, and the other fields are null"),
    account: budgetSchema
      .extend({
        coolDownUntil: timeSchema
          .nullable()
          .describe("The provider has refused a call: the account's mailbox is left alone until then"),
        nextChunkAt: timeSchema.describe("When a chunk that asks now would have its turn"),
      })
      .nullable(),
    project: budgetSchema
      .extend({
        unitsPerDay: units.nullable().describe("Null: a day has no limit"),
        usedToday: units.nullable().describe("Since midnight, Pacific time"),
      })
      .nullable()
      .describe("What all accounts share"),
    messagesPerMinute: units.nullable().describe("Messages that the account's quota allows now"),
  })
  .meta({ id: "Quota", description: "What the provider allows an account, and what is used of it" });
export type Quota = z.infer<typeof quotaSchema>;
