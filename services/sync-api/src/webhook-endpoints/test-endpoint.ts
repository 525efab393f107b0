import { newId } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { webhookMessageIdSchema } from "../resources/webhook-delivery.ts";
import type { WebhookPayload } from "../webhook-delivery/webhook-payload.ts";
import { endpointParamsSchema, findEnabled } from "./endpoint-rows.ts";

const sql = `
  insert into webhook_deliveries (id, tenant_id, endpoint_id, type, body, state, due_at)
  select $3, tenant_id, id, $4, $5, 'pending', now() from webhook_endpoints where tenant_id = $1 and id = $2`;

const acceptedSchema = z
  .object({ messageId: webhookMessageIdSchema, links: z.object({ deliveries: z.string() }) })
  .meta({ id: "WebhookTest" });

export function testEndpoint(app: Api, { pool, giveTurn }: ApiPorts): void {
  app.post(
    "/v1/webhook-endpoints/:id/test",
    {
      schema: {
        summary: "Send a message of type webhook.test",
        description:
          "It is sent, and tried again, as any other is; the endpoint's deliveries show what came of it.",
        tags: ["webhook endpoints"],
        params: endpointParamsSchema,
        response: { 202: acceptedSchema, ...problemResponses },
      },
    },
    async ({ tenantId, params: { id: endpointId } }, reply) => {
      const { links } = await findEnabled(pool, tenantId, endpointId);
      const messageId = newId("whm");
      const payload: WebhookPayload = {
        type: "webhook.test",
        timestamp: new Date().toISOString(),
        version: 1,
        data: { endpointId },
      };
      await pool
        .of(tenantId)
        .query(sql, [tenantId, endpointId, messageId, payload.type, JSON.stringify(payload)]);
      await giveTurn({ tenantId, endpointId }, messageId);
      reply.code(202);
      return { messageId, links: { deliveries: links.deliveries } };
    },
  );
}
