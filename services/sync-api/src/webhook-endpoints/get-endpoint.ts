import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { endpointSchema } from "../resources/webhook-endpoint.ts";
import { endpointParamsSchema, findEndpoint } from "./endpoint-rows.ts";

export function getEndpoint(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/webhook-endpoints/:id",
    {
      schema: {
        summary: "One webhook endpoint, and how it fares",
        tags: ["webhook endpoints"],
        params: endpointParamsSchema,
        response: { 200: endpointSchema, ...problemResponses },
      },
    },
    async ({ tenantId, params: { id } }) => findEndpoint(pool, tenantId, id),
  );
}
