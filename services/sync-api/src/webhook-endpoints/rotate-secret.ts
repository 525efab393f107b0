import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { isoOf } from "../resources/time.ts";
import { rotatedSecretSchema } from "../resources/webhook-endpoint.ts";
import { newWebhookSecret, sealWebhookSecret } from "../webhook-delivery/webhook-secret.ts";
import { endpointParamsSchema, noEndpoint } from "./endpoint-rows.ts";

const overlap = "24 hours";

const sql = `
  update webhook_endpoints set sealed_previous_secret = sealed_secret, sealed_secret = $3,
    previous_secret_until = now() + interval '${overlap}', updated_at = now()
  where tenant_id = $1 and id = $2
  returning previous_secret_until as "previousSecretUntil"`;

export function rotateSecret(app: Api, { pool, keyring }: ApiPorts): void {
  app.post(
    "/v1/webhook-endpoints/:id/secret",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Replace the signing secret",
        description: `For ${overlap} messages bear two signatures, with the new secret and the one before, so that no receiver has to change at the same moment. The one before that ends at once: rotate twice to be rid of a secret that has leaked.`,
        tags: ["webhook endpoints"],
        params: endpointParamsSchema,
        response: { 200: rotatedSecretSchema, ...problemResponses },
      },
    },
    async ({ tenantId, params: { id: endpointId } }) => {
      const secret = newWebhookSecret();
      const sealed = sealWebhookSecret(keyring, { tenantId, endpointId }, secret);
      const { rows } = await pool
        .of(tenantId)
        .query<{ previousSecretUntil: Date }>(sql, [tenantId, endpointId, sealed]);
      const [row] = rows;
      if (row === undefined) throw noEndpoint();
      return { secret, previousSecretUntil: isoOf(row.previousSecretUntil) };
    },
  );
}
