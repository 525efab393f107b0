import { syncIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import { versionSchema } from "./sync.ts";
import { timeSchema } from "./time.ts";

export const eventSchema = z
  .object({
    version: versionSchema,
    id: z.string(),
    type: z.string(),
    source: z.string().describe("The service that appended it"),
    time: timeSchema,
    accountId: z.string().describe("Of a request that names no account that there can be: `_`"),
    syncId: syncIdSchema.nullable(),
    fact: z
      .record(z.string(), z.unknown())
      .describe("What happened. Of a page's ids only `messageIdCount` is shown, unless they are asked for."),
  })
  .meta({ id: "Event", description: "A fact, as it was appended to the log" });
export type Event = z.infer<typeof eventSchema>;
