import { tenantIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { pageOfSchema } from "../resources/page.ts";
import { tenantSchema } from "../resources/tenant.ts";
import { type TenantRow, tenantColumns, tenantOfRow } from "./tenant-rows.ts";

const sql = `
  select ${tenantColumns} from tenants where $1::text is null or id > $1 order by id limit $2`;

const cursorSchema = z.tuple([tenantIdSchema]);

export function listTenants(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/tenants",
    {
      config: { scope: null, operator: true },
      schema: {
        summary: "All tenants, by their ids",
        tags: ["tenants"],
        querystring: z.strictObject({ limit: limitParam(50, 200), cursor: cursorParam }),
        response: { 200: pageOfSchema(tenantSchema), ...problemResponses },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const [after] = decodeCursor(cursor, cursorSchema) ?? [null];
      const { rows } = await pool.ofAll().query<TenantRow>(sql, [after, limit + 1]);
      return pageOf(rows, limit, tenantOfRow, (row) => [row.id]);
    },
  );
}
