import type { Pool } from "@millrace/shared/postgres/create-pool";
import { ApiProblem } from "../http/problem.ts";
import type { Tenant } from "../resources/tenant.ts";
import { isoOf } from "../resources/time.ts";

export const tenantColumns = `
  id, name, running_syncs_max as "runningSyncsMax", weight::text::float8 as weight, return_urls as "returnUrls",
  browser_origins as "browserOrigins", retention, verify_every_days as "verifyEveryDays", created_at as "createdAt", updated_at as "updatedAt"`;

export interface TenantRow extends Omit<Tenant, "createdAt" | "updatedAt"> {
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const tenantOfRow = ({ createdAt, updatedAt, ...row }: TenantRow): Tenant => ({
  ...row,
  createdAt: isoOf(createdAt),
  updatedAt: isoOf(updatedAt),
});

const sql = `select ${tenantColumns} from tenants where id = $1`;

/** @throws {ApiProblem} not_found */
export async function findTenant(pool: Pool, tenantId: string): Promise<Tenant> {
  const { rows } = await pool.of(tenantId).query<TenantRow>(sql, [tenantId]);
  const [row] = rows;
  if (row === undefined) throw noSuchTenant();
  return tenantOfRow(row);
}

export const noSuchTenant = (): ApiProblem =>
  new ApiProblem("not_found", "There is no such tenant; GET /v1/tenants lists what there is.");
