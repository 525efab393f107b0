import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { endpointParamsSchema, noEndpoint } from "./endpoint-rows.ts";

const sql = "delete from webhook_endpoints where tenant_id = $1 and id = $2";

export function deleteEndpoint(app: Api, { pool }: ApiPorts): void {
  app.delete(
    "/v1/webhook-endpoints/:id",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Delete a webhook endpoint",
        description: "With its deliveries. What is on its way at this moment may still arrive.",
        tags: ["webhook endpoints"],
        params: endpointParamsSchema,
        response: { 204: z.undefined().describe("It is deleted"), ...problemResponses },
      },
    },
    async ({ tenantId, params: { id } }, reply) => {
      const { rowCount } = await pool.of(tenantId).query(sql, [tenantId, id]);
      if (rowCount === 0) throw noEndpoint();
      reply.code(204).send();
    },
  );
}
