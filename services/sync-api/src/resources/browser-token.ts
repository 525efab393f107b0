import { syncIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import { timeSchema } from "./time.ts";

const secondsMax = 3_600;

export const browserTokenRequestSchema = z
  .strictObject({
    syncId: syncIdSchema.optional().describe("The one sync that may be watched; absent: all of the tenant"),
    expiresInSeconds: z.int().min(30).max(secondsMax).default(600),
  })
  .default({ expiresInSeconds: 600 })
  .meta({ id: "BrowserTokenRequest" });

export const browserTokenSchema = z
  .object({
    token: z.string().describe("For the header Authorization, or access_token of a stream"),
    syncId: syncIdSchema.nullable(),
    expiresAt: timeSchema,
  })
  .meta({
    id: "BrowserToken",
    description: "What a page in a browser holds instead of a key: it may watch, for minutes",
  });
