import { faultCategorySchema } from "@millrace/shared/events/attempt";
import { letterOutcomeSchema } from "@millrace/shared/events/chunk-progress";
import { accountIdSchema, rowIdSchema, syncIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import { timeSchema } from "./time.ts";

export const letterIdSchema = rowIdSchema.describe("A dead letter's id");

export const letterScopeSchema = z
  .enum(["chunk", "message"])
  .describe("chunk: its whole chunk was set aside; message: it alone");

export const letterStateSchema = z
  .enum(["open", "redriving", "resolved", "discarded"])
  .describe(
    "open: waits for somebody; redriving: is tried again; resolved: its mail is here, or gone; discarded: nobody " +
      "wants it any more",
  );

const index = z.int().nonnegative();

export const letterSchema = z
  .object({
    id: letterIdSchema,
    accountId: accountIdSchema,
    syncId: syncIdSchema,
    chunkIndex: index,
    ordinal: index.describe("Its number within the sync"),
    scope: letterScopeSchema,
    providerId: z.string().describe("The provider's id of the message"),
    subject: z
      .string()
      .nullable()
      .describe("The message's, from an earlier copy or its kept bytes; null: nothing of it is held"),
    category: faultCategorySchema,
    error: z.string().describe("What the last attempt met"),
    attempts: index,
    state: letterStateSchema,
    outcome: z
      .enum([...letterOutcomeSchema.options, "superseded"])
      .nullable()
      .describe(
        "What became of it; null while it is open or redriven. superseded: the log had lost it, and its sync ended without it",
      ),
    hasRaw: z.boolean().describe("Its bytes are kept"),
    createdAt: timeSchema,
    updatedAt: timeSchema,
    links: z.object({ self: z.string(), raw: z.string(), redrive: z.string(), sync: z.string() }),
  })
  .meta({ id: "DeadLetter", description: "A message that was set aside, with its reason" });
export type Letter = z.infer<typeof letterSchema>;
