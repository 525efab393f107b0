import { newId } from "@millrace/shared/events/identifiers";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { tenantRequestSchema, tenantSchema } from "../resources/tenant.ts";
import { type TenantRow, tenantColumns, tenantOfRow } from "./tenant-rows.ts";

const sql = `
  insert into tenants (id, name, running_syncs_max, weight, return_urls, browser_origins)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (id) do nothing
  returning ${tenantColumns}`;

export function createTenant(app: Api, { pool }: ApiPorts): void {
  app.post(
    "/v1/tenants",
    {
      config: { scope: null, operator: true },
      schema: {
        summary: "Create a tenant",
        description: "It has no keys yet: POST /v1/tenants/{tenantId}/keys makes the first one.",
        tags: ["tenants"],
        body: tenantRequestSchema,
        response: { 201: tenantSchema, ...problemResponses },
      },
    },
    async ({ audit, body: { id, name, runningSyncsMax, weight, returnUrls, browserOrigins } }, reply) => {
      const tenantId = id ?? newId("ten");
      if (audit !== null) audit.tenantId = tenantId;
      const values = [tenantId, name, runningSyncsMax, weight, returnUrls, browserOrigins];
      const { rows } = await pool.of(tenantId).query<TenantRow>(sql, values);
      const [row] = rows;
      if (row === undefined) throw new ApiProblem("tenant_exists", `There is a tenant ${tenantId} already.`);
      reply.code(201).header("location", `/v1/tenants/${tenantId}`);
      return tenantOfRow(row);
    },
  );
}
