import { faultCategorySchema } from "@millrace/shared/events/attempt";
import { ledgerSchema } from "@millrace/shared/events/ledger";
import { laneSchema } from "@millrace/shared/events/work-item";
import { z } from "zod";
import { timeSchema } from "./time.ts";

export const chunkSchema = z
  .object({
    index: z.int().nonnegative(),
    pageNumber: z.int().nonnegative(),
    state: z
      .enum(["listed", "outstanding", "settled", "dead_lettered"])
      .describe(
        "listed: its turn has not come; outstanding: queued, claimed or waiting; settled: done; dead_lettered: set " +
          "aside as a whole",
      ),
    lane: laneSchema,
    size: z.int().nonnegative().describe("Messages"),
    handled: z
      .int()
      .nonnegative()
      .describe("Messages of it that are dealt with; while it is not settled, as far as attempts told"),
    open: z.int().nonnegative().describe("Messages of it that are not"),
    attempt: z.int().nullable().describe("Which attempt settled it"),
    attempts: z.int().nonnegative().describe("Attempts that are known of"),
    lastFault: z
      .object({ category: faultCategorySchema, message: z.string(), at: timeSchema })
      .nullable()
      .describe("What the newest attempt met that failed"),
    nextAttemptAt: timeSchema.nullable().describe("When it is tried again"),
    ledger: ledgerSchema.omit({ listed: true }),
    listedAt: timeSchema,
    settledAt: timeSchema.nullable(),
  })
  .meta({ id: "Chunk", description: "A unit of work of a sync" });
export type Chunk = z.infer<typeof chunkSchema>;
