import { newId } from "@millrace/shared/events/identifiers";
import { inTransaction } from "@millrace/shared/postgres/in-transaction";
import type { Api, ApiPorts } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { endpointRequestSchema, newEndpointSchema } from "../resources/webhook-endpoint.ts";
import { newWebhookSecret, sealWebhookSecret } from "../webhook-delivery/webhook-secret.ts";
import { type EndpointRow, endpointColumns, endpointOf } from "./endpoint-rows.ts";
import { requireWebhookUrl } from "./require-webhook-url.ts";

/** Each is told of everything, so their number multiplies what is sent and kept. */
const endpointsPerTenantMax = 20;

/** Those who make endpoints for one tenant at the same time are counted one after the other. */
const lockSql = "select from tenants where id = $1 for no key update";

const insertSql = `
  insert into webhook_endpoints (id, tenant_id, url, events, description, sealed_secret)
  select $1, $2, $3, $4, $5, $6
  where (select count(*) from webhook_endpoints where tenant_id = $2) < ${endpointsPerTenantMax}
  returning ${endpointColumns}`;

export function createEndpoint(app: Api, { pool, keyring, webhookRules }: ApiPorts): void {
  app.post(
    "/v1/webhook-endpoints",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Be told over HTTP of what happens",
        description:
          "From now on, messages of the types in `events` are posted to `url`, signed as Standard Webhooks asks for it " +
          "with the `secret` of the answer, which is shown this once. A message may come twice, under the same " +
          "`webhook-id`, and in any order.",
        tags: ["webhook endpoints"],
        body: endpointRequestSchema,
        response: { 201: newEndpointSchema, ...problemResponses },
      },
    },
    async ({ tenantId, body: { url, events, description } }, reply) => {
      const endpointId = newId("whe");
      const secret = newWebhookSecret();
      const sealed = sealWebhookSecret(keyring, { tenantId, endpointId }, secret);
      const kept = requireWebhookUrl(url, webhookRules);
      const values = [endpointId, tenantId, kept, events, description ?? null, sealed];
      const row = await inTransaction(pool.of(tenantId), async (client) => {
        await client.query(lockSql, [tenantId]);
        return (await client.query<EndpointRow>(insertSql, values)).rows[0];
      });
      if (row === undefined) throw tooMany;
      const endpoint = endpointOf(row);
      reply.code(201).header("location", endpoint.links.self);
      return { ...endpoint, secret };
    },
  );
}

const tooMany = new ApiProblem(
  "too_many_endpoints",
  `A tenant may have ${endpointsPerTenantMax} webhook endpoints. DELETE one that is not needed any more.`,
);
