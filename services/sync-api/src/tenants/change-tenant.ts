import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import {
  ownTenantChangeSchema,
  type Tenant,
  type TenantChange,
  tenantChangeSchema,
  tenantSchema,
} from "../resources/tenant.ts";
import { tenantParamsSchema } from "./get-tenant.ts";
import { noSuchTenant, type TenantRow, tenantColumns, tenantOfRow } from "./tenant-rows.ts";

const sql = `
  update tenants set name = coalesce($2, name), return_urls = coalesce($3, return_urls),
    browser_origins = coalesce($4, browser_origins), weight = coalesce($5, weight),
    running_syncs_max = case when $6 then $7::integer else running_syncs_max end, 
    retention = case when $8 then coalesce(jsonb_strip_nulls(retention || $9::jsonb), '{}') else retention end,
    verify_every_days = case when $10 then $11::integer else verify_every_days end,
    updated_at = now()
  where id = $1
  returning ${tenantColumns}`;

const response = { 200: tenantSchema, ...problemResponses };

/** What is not named stays. A tenant does not give itself more of the machines. */
export function changeTenant(app: Api, { pool }: ApiPorts): void {
  app.patch(
    "/v1/tenant",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Change the tenant of this key",
        tags: ["tenants"],
        body: ownTenantChangeSchema,
        response,
      },
    },
    async ({ tenantId, body }) => change(pool, tenantId, body),
  );
  app.patch(
    "/v1/tenants/:tenantId",
    {
      config: { scope: null, operator: true },
      schema: {
        summary: "Change a tenant",
        description: "A higher cap of running syncs lets those that wait begin within seconds.",
        tags: ["tenants"],
        params: tenantParamsSchema,
        body: tenantChangeSchema,
        response,
      },
    },
    async ({ params: { tenantId }, body }) => change(pool, tenantId, body),
  );
}

async function change(
  pool: Pool,
  tenantId: string,
  { name, returnUrls, browserOrigins, weight, runningSyncsMax, retention, verifyEveryDays }: TenantChange,
): Promise<Tenant> {
  const cap = [runningSyncsMax !== undefined, runningSyncsMax ?? null];
  const periods = [retention !== undefined, retention ?? null];
  const verify = [verifyEveryDays !== undefined, verifyEveryDays ?? null];
  const settings = [name ?? null, returnUrls ?? null, browserOrigins ?? null, weight ?? null];
  const { rows } = await pool
    .of(tenantId)
    .query<TenantRow>(sql, [tenantId, ...settings, ...cap, ...periods, ...verify]);
  const [row] = rows;
  if (row === undefined) throw noSuchTenant();
  return tenantOfRow(row);
}
