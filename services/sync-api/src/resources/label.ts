import { z } from "zod";

export const labelSchema = z
  .object({
    id: z.string().describe("What messages and filters call it"),
    name: z.string(),
    type: z.enum(["system", "user"]).describe("system: the provider's own"),
    textColor: z.string().nullable(),
    backgroundColor: z.string().nullable(),
    messagesTotal: z.int().nonnegative().describe("Stored messages that bear it, without deleted ones"),
    messagesUnread: z.int().nonnegative(),
  })
  .meta({ id: "Label" });
export type Label = z.infer<typeof labelSchema>;
