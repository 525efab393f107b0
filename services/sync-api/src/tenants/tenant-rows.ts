import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { DefaultPeriods } from "@millrace/shared/retention/tenant-periods";
import { ApiProblem } from "../http/problem.ts";
import { periodsInForce } from "../resources/period-in-force.ts";
import type { Tenant } from "../resources/tenant.ts";
import type { TenantHealth, TenantWithHealth } from "../resources/tenant-health.ts";
import { isoOf } from "../resources/time.ts";
import { tenantHealthSql } from "./tenant-health-sql.ts";

export const tenantColumns = `
  id, name, running_syncs_max as "runningSyncsMax", weight::text::float8 as weight, return_urls as "returnUrls",
  browser_origins as "browserOrigins", retention, verify_every_days as "verifyEveryDays", created_at as "createdAt", updated_at as "updatedAt",
  (select i.retention from installation i) as "everybodysRetention"`;

export interface TenantRow extends Omit<Tenant, "createdAt" | "updatedAt" | "retentionInForce"> {
  readonly everybodysRetention: Partial<DefaultPeriods> | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const tenantOfRow = ({ createdAt, updatedAt, everybodysRetention, ...row }: TenantRow): Tenant => ({
  ...row,
  retentionInForce: periodsInForce(row.retention, everybodysRetention),
  createdAt: isoOf(createdAt),
  updatedAt: isoOf(updatedAt),
});

export interface TenantWithHealthRow extends TenantRow {
  /** As the database writes it in JSON: its time has another form. */
  readonly health: TenantHealth;
}

export function tenantWithHealthOfRow({ health, ...row }: TenantWithHealthRow): TenantWithHealth {
  const { oldestWaitingAt } = health;
  return {
    ...tenantOfRow(row),
    health: {
      ...health,
      oldestWaitingAt: oldestWaitingAt === null ? null : isoOf(new Date(oldestWaitingAt)),
    },
  };
}

const sql = `select ${tenantColumns} from tenants where id = $1`;
const withHealthSql = `
  select ${tenantColumns}, health.health from tenants t cross join lateral (${tenantHealthSql}) as health where t.id = $1`;

/** @throws {ApiProblem} not_found */
export async function findTenant(pool: Pool, tenantId: string): Promise<Tenant> {
  const { rows } = await pool.of(tenantId).query<TenantRow>(sql, [tenantId]);
  const [row] = rows;
  if (row === undefined) throw noSuchTenant();
  return tenantOfRow(row);
}

/** @throws {ApiProblem} not_found */
export async function findTenantWithHealth(pool: Pool, tenantId: string): Promise<TenantWithHealth> {
  const { rows } = await pool.of(tenantId).query<TenantWithHealthRow>(withHealthSql, [tenantId]);
  const [row] = rows;
  if (row === undefined) throw noSuchTenant();
  return tenantWithHealthOfRow(row);
}

export const noSuchTenant = (): ApiProblem =>
  new ApiProblem("not_found", "There is no such tenant; GET /v1/tenants lists what there is.");
