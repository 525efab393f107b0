import { ledgerSchema } from "@millrace/shared/events/ledger";
import { laneSchema } from "@millrace/shared/events/work-item";
import { z } from "zod";
import { timeSchema } from "./time.ts";

export const chunkSchema = z
  .object({
    index: z.int().nonnegative(),
    pageNumber: z.int().nonnegative(),
    state: z
      .enum(["listed", "outstanding", "settled"])
      .describe("listed: its turn has not come; outstanding: queued or claimed; settled: done"),
    lane: laneSchema,
    size: z.int().nonnegative().describe("Messages"),
    attempt: z.int().nullable().describe("Which delivery settled it"),
    ledger: ledgerSchema.omit({ listed: true }),
    listedAt: timeSchema,
    settledAt: timeSchema.nullable(),
  })
  .meta({ id: "Chunk", description: "A unit of work of a sync" });
export type Chunk = z.infer<typeof chunkSchema>;
