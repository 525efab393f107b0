import { tenantIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { pageOfSchema } from "../resources/page.ts";
import {
  type TenantCondition,
  tenantConditionSchema,
  tenantWithHealthSchema,
} from "../resources/tenant-health.ts";
import { tenantConditionSql, tenantHealthSql } from "./tenant-health-sql.ts";
import { type TenantWithHealthRow, tenantColumns, tenantWithHealthOfRow } from "./tenant-rows.ts";

/** $1 the id after which it goes on, $2 rows. The page is taken first, so that no other tenant's health is looked at. */
export const listTenantsSql = (having: TenantCondition | undefined): string => `
  with page as materialized (
    select t.* from tenants t
    where ($1::text is null or t.id > $1) and ${having === undefined ? "true" : tenantConditionSql[having]}
    order by t.id limit $2
  )
  select ${tenantColumns}, health.health
  from page t cross join lateral (${tenantHealthSql}) as health
  order by t.id`;

const cursorSchema = z.tuple([tenantIdSchema]);

export function listTenants(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/tenants",
    {
      config: { scope: null, operator: true },
      schema: {
        summary: "All tenants, by their ids, and how their syncs are doing",
        tags: ["tenants"],
        querystring: z.strictObject({
          having: tenantConditionSchema.optional(),
          limit: limitParam(50, 200),
          cursor: cursorParam,
        }),
        response: { 200: pageOfSchema(tenantWithHealthSchema), ...problemResponses },
      },
    },
    async ({ query: { having, limit, cursor } }) => {
      const [after] = decodeCursor(cursor, cursorSchema) ?? [null];
      const values = [after, limit + 1];
      const { rows } = await pool.ofAll().query<TenantWithHealthRow>(listTenantsSql(having), values);
      return pageOf(rows, limit, tenantWithHealthOfRow, (row) => [row.id]);
    },
  );
}
