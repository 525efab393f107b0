import { endpointIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { pageOfSchema } from "../resources/page.ts";
import { endpointSchema } from "../resources/webhook-endpoint.ts";
import { type EndpointRow, endpointColumns, endpointOf } from "./endpoint-rows.ts";

const sql = `
  select ${endpointColumns} from webhook_endpoints
  where tenant_id = $1 and ($2::text is null or id > $2)
  order by id
  limit $3`;

const cursorSchema = z.tuple([endpointIdSchema]);

export function listEndpoints(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/webhook-endpoints",
    {
      schema: {
        summary: "Webhook endpoints, in the order in which they were made",
        tags: ["webhook endpoints"],
        querystring: z.strictObject({ limit: limitParam(20, 100), cursor: cursorParam }),
        response: { 200: pageOfSchema(endpointSchema), ...problemResponses },
      },
    },
    async ({ tenantId, query: { limit, cursor } }) => {
      const [after] = decodeCursor(cursor, cursorSchema) ?? [null];
      const { rows } = await pool.of(tenantId).query<EndpointRow>(sql, [tenantId, after, limit + 1]);
      return pageOf(rows, limit, endpointOf, (row) => [row.id]);
    },
  );
}
