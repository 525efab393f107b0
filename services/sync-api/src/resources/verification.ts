import { accountIdSchema, syncIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import { timeSchema } from "./time.ts";

const count = z.int().nonnegative();
export const examplesMax = 20;
const examples = z.array(z.string()).max(examplesMax);

export const verificationIdSchema = syncIdSchema.describe("A verification's id");

const verificationLinksSchema = z.object({ self: z.string(), account: z.string() });

export function verificationLinks(accountId: string, id: string): z.infer<typeof verificationLinksSchema> {
  const account = `/v1/accounts/${accountId}`;
  return { self: `${account}/verifications/${id}`, account };
}

export const verificationSchema = z
  .object({
    id: verificationIdSchema,
    accountId: accountIdSchema,
    status: z.enum(["running", "completed", "failed"]),
    trigger: z
      .enum(["api", "schedule"])
      .describe(
        "schedule: it was the account's turn. Nobody waits for it, so it takes a small share of the quota; what the next " +
          "sync brings, and what was set aside, is no difference to it",
      ),
    repair: z.boolean().describe("A sync takes in what is found"),
    listed: count.describe("Messages that a listing of the whole mailbox shows, so far"),
    stored: count
      .nullable()
      .describe("Messages of the account in the store; null until it is completed, as are the findings"),
    missing: count.nullable().describe("The provider lists them, the store has them not"),
    extra: count.nullable().describe("The store has them, the provider has them not"),
    changed: count.nullable().describe("Both have them, with other labels"),
    examples: z
      .object({ missing: examples, extra: examples, changed: examples })
      .describe(`The provider's ids of up to ${examplesMax} findings a kind; kept for a week`),
    repairSyncId: syncIdSchema.nullable().describe("The sync that takes in what was found"),
    driftsInRow: count.describe(
      "In so many comparisons in a row there were differences, although those before were taken in; 0: there were none",
    ),
    progress: z.object({
      step: z.string().describe("listing, labels, changes, compare, look or finish"),
      pages: count.describe("Answers of the provider that were taken in"),
    }),
    failure: z.object({ category: z.string(), message: z.string() }).nullable(),
    requestedAt: timeSchema,
    startedAt: timeSchema.nullable().describe("What has happened in the mailbox since is not judged"),
    endedAt: timeSchema.nullable(),
    links: verificationLinksSchema,
  })
  .meta({ id: "Verification", description: "The provider's ids, compared with the store" });
export type Verification = z.infer<typeof verificationSchema>;

export const verificationRequestSchema = z
  .strictObject({ repair: z.boolean().default(false).describe("Ask for a sync that takes in what is found") })
  .meta({ id: "VerificationRequest" });

export const verificationAcceptedSchema = z
  .object({ verificationId: verificationIdSchema, links: verificationLinksSchema })
  .meta({ id: "VerificationAccepted" });
