import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { endpointChangeSchema, endpointSchema } from "../resources/webhook-endpoint.ts";
import {
  type EndpointRow,
  endpointColumns,
  endpointOf,
  endpointParamsSchema,
  noEndpoint,
} from "./endpoint-rows.ts";
import { requireWebhookUrl } from "./require-webhook-url.ts";

/** Whoever changes the address or enables the endpoint believes that it works: what it failed before is forgotten. */
const changeSql = `
  with skipped as (
    update webhook_deliveries set state = 'skipped', due_at = null
    where $7::boolean is false and tenant_id = $1 and endpoint_id = $2 and state = 'pending'
  )
  update webhook_endpoints set url = coalesce($3, url), events = coalesce($4, events),
    description = case when $5::boolean then $6 else description end, enabled = coalesce($7, enabled),
    disabled_reason = case when $7 then null when enabled and $7 is false then 'requested' else disabled_reason end,
    disabled_at = case when $7 then null when enabled and $7 is false then now() else disabled_at end,
    failures = case when $7 or $3 <> url then 0 else failures end,
    failing_since = case when $7 or $3 <> url then null else failing_since end,
    failed_at = case when $7 or $3 <> url then null else failed_at end,
    open_until = case when $7 or $3 <> url then null else open_until end, updated_at = now()
  where tenant_id = $1 and id = $2
  returning ${endpointColumns}`;

export function changeEndpoint(app: Api, { pool, webhookRules, giveTurn }: ApiPorts): void {
  app.patch(
    "/v1/webhook-endpoints/:id",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Change a webhook endpoint",
        description:
          "What is not named stays as it is. While an endpoint is disabled, what it misses is kept as `skipped`; a replay " +
          "sends it. Enabling it, or another `url`, has it tried at once.",
        tags: ["webhook endpoints"],
        params: endpointParamsSchema,
        body: endpointChangeSchema,
        response: { 200: endpointSchema, ...problemResponses },
      },
    },
    async ({ id: requestId, tenantId, params: { id: endpointId }, body }) => {
      const { url, events, description, enabled } = body;
      const { rows } = await pool
        .of(tenantId)
        .query<EndpointRow>(changeSql, [
          tenantId,
          endpointId,
          url === undefined ? null : requireWebhookUrl(url, webhookRules),
          events ?? null,
          description !== undefined,
          description ?? null,
          enabled ?? null,
        ]);
      const [row] = rows;
      if (row === undefined) throw noEndpoint();
      if (row.enabled) await giveTurn({ tenantId, endpointId }, requestId);
      return endpointOf(row);
    },
  );
}
