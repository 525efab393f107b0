import { z } from "zod";
import { timeSchema } from "./time.ts";

export const auditEntrySchema = z
  .object({
    id: z.string(),
    at: timeSchema,
    actor: z.object({
      kind: z.enum(["operator", "key"]),
      id: z.string(),
      name: z.string().nullable().describe("Of the key, when it is the tenant's"),
    }),
    method: z.string(),
    route: z.string(),
    params: z.record(z.string(), z.string()).describe("The ids in the address"),
    fields: z.array(z.string()).describe("Of the body, by name: what was to be changed, not to what"),
    madeId: z.string().nullable().describe("What was made: a key, an account, an endpoint, a sync"),
    status: z.int().nullable().describe("Of the answer; null: it was not told, the process may have died"),
    requestId: z.string().describe("As in the header x-request-id of the answer"),
    address: z.string(),
  })
  .meta({ id: "AuditEntry", description: "Who has asked for what was done" });
export type AuditEntry = z.infer<typeof auditEntrySchema>;
