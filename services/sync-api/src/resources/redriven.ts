import { syncIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import { watchableVersionSchema } from "./sync.ts";

export const redrivenSchema = z
  .object({
    redriven: z.int().nonnegative().describe("Dead letters that were put back"),
    syncId: syncIdSchema
      .nullable()
      .describe("The sync that all of them are of; null when they are of several, or none was put back"),
    version: watchableVersionSchema,
  })
  .meta({ id: "Redriven" });
