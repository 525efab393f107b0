import { accountIdSchema, endpointIdSchema, syncIdSchema } from "@millrace/shared/events/identifiers";
import { ledgerSchema } from "@millrace/shared/events/ledger";
import { z } from "zod";

/** What tenants are told over HTTP, and can choose from. New fields may come; one that changes is another version. */

const timestamp = z.iso.datetime().describe("When it happened; the same each time that it is sent");
const version = z.literal(1).describe("Of the form of `data`");
const providerIds = z.array(z.string());

const syncCompleted = z.object({
  type: z.literal("sync.completed"),
  timestamp,
  version,
  data: z.object({
    accountId: accountIdSchema,
    syncId: syncIdSchema,
    status: z.enum(["completed", "partial"]).describe("partial: some messages are dead letters"),
    ledger: ledgerSchema,
  }),
});

const syncFailed = z.object({
  type: z.literal("sync.failed"),
  timestamp,
  version,
  data: z.object({
    accountId: accountIdSchema,
    syncId: syncIdSchema,
    category: z.string(),
    message: z.string(),
  }),
});

const reauthRequired = z.object({
  type: z.literal("account.reauth_required"),
  timestamp,
  version,
  data: z.object({
    accountId: accountIdSchema,
    message: z.string().describe("What the provider said; told once each time that consent is lost"),
  }),
});

const consentEnding = z.object({
  type: z.literal("account.consent_ending"),
  timestamp,
  version,
  data: z.object({
    accountId: accountIdSchema,
    endsAt: z.iso
      .datetime()
      .describe("From then on the mailbox cannot be read, unless it is connected again"),
  }),
});

const driftRepeated = z.object({
  type: z.literal("account.drift_repeated"),
  timestamp,
  version,
  data: z.object({
    accountId: accountIdSchema,
    verificationId: syncIdSchema,
    driftsInRow: z
      .int()
      .describe(
        "Comparisons in a row that found differences, although those before were taken in; 2 or more",
      ),
    missing: z.int().describe("The provider has them, the copy had not"),
    extra: z.int().describe("The copy had them, the provider has not"),
    changed: z.int().describe("Both have them, with other labels"),
  }),
});

const mailChanged = z.object({
  type: z.literal("mail.changed"),
  timestamp,
  version,
  data: z.object({
    accountId: accountIdSchema,
    syncId: syncIdSchema,
    counts: z.object({ added: z.int(), changed: z.int(), deleted: z.int() }),
    added: providerIds.describe("The provider's ids of messages that are new, or shown again"),
    changed: providerIds.describe("Of messages that differ, in their labels say"),
    deleted: providerIds.describe("Of messages that were deleted, or are in trash or spam"),
    truncated: z.boolean().describe("Not all ids found room; the counts are whole"),
  }),
});

const test = z.object({
  type: z.literal("webhook.test"),
  timestamp,
  version,
  data: z.object({ endpointId: endpointIdSchema }),
});

/** Every message by its type, with what it is told for. */
export const webhookPayloads = {
  "sync.completed": [syncCompleted, "A sync has ended, and its ledger balances"],
  "sync.failed": [syncFailed, "A sync has ended without its work, for a reason that waiting cannot mend"],
  "account.reauth_required": [reauthRequired, "A mailbox has to be connected again"],
  "account.consent_ending": [
    consentEnding,
    "The consent to a mailbox ends within three days: let its owner connect it again before",
  ],
  "account.drift_repeated": [
    driftRepeated,
    "A copy has differed from its mailbox again, although what differed before was taken in. What differs is taken in once more; somebody should look why",
  ],
  "mail.changed": [
    mailChanged,
    "Mail has come, changed or gone. Of a full sync only the newest messages are told of: read the others when it has completed",
  ],
  "webhook.test": [test, "Somebody wants to see whether messages arrive"],
} as const;

/** What an endpoint can ask for; a test comes whatever it has asked for. */
export const webhookEventSchema = z.enum([
  "sync.completed",
  "sync.failed",
  "account.reauth_required",
  "account.consent_ending",
  "account.drift_repeated",
  "mail.changed",
]);
export type WebhookEvent = z.infer<typeof webhookEventSchema>;

export type WebhookPayload =
  | z.infer<typeof syncCompleted>
  | z.infer<typeof syncFailed>
  | z.infer<typeof reauthRequired>
  | z.infer<typeof consentEnding>
  | z.infer<typeof driftRepeated>
  | z.infer<typeof mailChanged>
  | z.infer<typeof test>;
