import { retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import { z } from "zod";
import { timeSchema } from "./time.ts";

const count = z.int().nonnegative();

export const retentionTaskSchema = z
  .enum(retentionTaskNames)
  .describe(
    "messages: deleted in the mailbox long ago; syncs: with their chunks, facts and dead letters; dead-letters: settled " +
      "long ago, and open ones that nobody has wanted for long; blobs: content that no " +
      "message carries; traces: what keeps late answers from bringing back what is gone; requests: that became no sync; " +
      "idempotency-keys: what they name is forgotten; api-keys: that ended before the audit trail begins; removed-accounts: " +
      "what remained of them; notes: facts about accounts; the others: what they are called",
  );

export const retentionStateSchema = z
  .enum(["requested", "running", "completed", "failed", "stopped"])
  .describe("stopped: the janitor was told to end; what is left comes with the next run");

export const retentionRunSchema = z
  .object({
    id: z.string(),
    task: retentionTaskSchema,
    tenantId: z.string().nullable().describe("Whose data alone it looks at; null: everybody's"),
    dryRun: z.boolean().describe("It counts what would be removed, and removes nothing"),
    askedBy: z
      .string()
      .nullable()
      .describe(
        "The key that asked for it; to a tenant `operator` where an operator has; null: its schedule did",
      ),
    state: retentionStateSchema,
    requestedAt: timeSchema,
    startedAt: timeSchema.nullable(),
    endedAt: timeSchema.nullable(),
    removed: z.record(z.string(), count).describe("How many, by kind; of the tenant alone that asks"),
    bytes: count.describe("Of mail and content"),
    failure: z.string().nullable(),
    isDone: z
      .boolean()
      .describe(
        "false: it is under way, has failed, or ended after its share with something left, which the next run does",
      ),
  })
  .meta({ id: "RetentionRun", description: "One run of one task of retention" });
export type RetentionRun = z.infer<typeof retentionRunSchema>;

export const retentionRequestSchema = z
  .strictObject({
    task: retentionTaskSchema.optional().describe("Absent: all of them, one after the other"),
    dryRun: z.boolean().default(false).describe("true: say what would be removed, and remove nothing"),
  })
  .meta({ id: "RetentionRequest" });
