import { tenantIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import type { RouteAccess } from "../access/decide-access.ts";

interface TenantBase {
  readonly base: string;
  readonly access: RouteAccess;
  readonly params: z.ZodObject;
  /** What its routes are told apart by in the description. */
  readonly suffix: string;
}

/** What is administered of a tenant is so at two places: by itself, with the scope admin, and by the operator. */
export const tenantBases: readonly TenantBase[] = [
  { base: "/v1", access: { scope: "admin" }, params: z.strictObject({}), suffix: "" },
  {
    base: "/v1/tenants/:tenantId",
    access: { scope: null, operator: true },
    params: z.strictObject({ tenantId: tenantIdSchema }),
    suffix: " (operator)",
  },
];

/** Whose things a request is about. */
export function tenantIdOf({ params, tenantId }: { params: unknown; tenantId: string }): string {
  return (params as { readonly tenantId?: string }).tenantId ?? tenantId;
}
