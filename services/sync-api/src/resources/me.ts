import { syncIdSchema, tenantIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import { scopeSchema } from "../access/caller.ts";
import { timeSchema } from "./time.ts";

export const meSchema = z
  .object({
    kind: z
      .enum(["tenant", "operator", "browser"])
      .describe("tenant: a tenant's key; operator: the installation's; browser: a token for a page"),
    tenantId: tenantIdSchema.nullable().describe("Null: an operator's, whom no tenant has"),
    scopes: z.array(scopeSchema).describe("Of a tenant's key. A page's token only reads, and not all of it"),
    expiresAt: timeSchema.nullable().describe("When it ends by itself; null: it does not"),
    syncId: syncIdSchema.nullable().describe("The one sync that a page may watch; null: no such limit"),
  })
  .meta({ id: "Me", description: "Whose key or token a request bears, and what it opens" });
export type Me = z.infer<typeof meSchema>;
