import { tenantIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { tenantSchema } from "../resources/tenant.ts";
import { tenantWithHealthSchema } from "../resources/tenant-health.ts";
import { findTenant, findTenantWithHealth } from "./tenant-rows.ts";

export const tenantParamsSchema = z.strictObject({ tenantId: tenantIdSchema });

const response = { 200: tenantSchema, ...problemResponses };

export function getTenant(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/tenant",
    { schema: { summary: "The tenant of this key", tags: ["tenants"], response } },
    async ({ tenantId }) => findTenant(pool, tenantId),
  );
  app.get(
    "/v1/tenants/:tenantId",
    {
      config: { scope: null, operator: true },
      schema: {
        summary: "One tenant, and how its syncs are doing",
        tags: ["tenants"],
        params: tenantParamsSchema,
        response: { 200: tenantWithHealthSchema, ...problemResponses },
      },
    },
    async ({ params: { tenantId } }) => findTenantWithHealth(pool, tenantId),
  );
}
