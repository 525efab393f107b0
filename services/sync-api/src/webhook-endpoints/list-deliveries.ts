import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, cursorTime, cursorTimeSql, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { pageOfSchema } from "../resources/page.ts";
import { isoOf, isoOrNull } from "../resources/time.ts";
import {
  deliverySchema,
  deliveryStateSchema,
  type WebhookDelivery,
  webhookMessageIdSchema,
} from "../resources/webhook-delivery.ts";
import { endpointParamsSchema, findEndpoint } from "./endpoint-rows.ts";

const sql = `
  select id as "messageId", type, state, attempts, attempted_at as "lastAttemptAt", last_status as "lastStatus",
    last_error as "lastError", due_at as "nextAttemptAt", delivered_at as "deliveredAt", created_at as "createdAt",
    ${cursorTimeSql("created_at")} as "createdKey"
  from webhook_deliveries
  where tenant_id = $1 and endpoint_id = $2 and ($3::text is null or state = $3)
    and ($5::text is null or (created_at, id) < ($4::timestamptz, $5::text))
  order by created_at desc, id desc
  limit $6`;

type DeliveryTime = "lastAttemptAt" | "nextAttemptAt" | "deliveredAt" | "createdAt";

interface Row extends Omit<WebhookDelivery, DeliveryTime> {
  readonly lastAttemptAt: Date | null;
  readonly nextAttemptAt: Date | null;
  readonly deliveredAt: Date | null;
  readonly createdAt: Date;
  readonly createdKey: string;
}

const cursorSchema = z.tuple([cursorTime, webhookMessageIdSchema]);

export function listDeliveries(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/webhook-endpoints/:id/deliveries",
    {
      schema: {
        summary: "What an endpoint was told, and what became of it, newest first",
        description: "Kept for 30 days unless the operator says otherwise.",
        tags: ["webhook endpoints"],
        params: endpointParamsSchema,
        querystring: z.strictObject({
          state: deliveryStateSchema.optional(),
          limit: limitParam(50, 200),
          cursor: cursorParam,
        }),
        response: { 200: pageOfSchema(deliverySchema), ...problemResponses },
      },
    },
    async ({ tenantId, params: { id }, query: { state, limit, cursor } }) => {
      await findEndpoint(pool, tenantId, id);
      const [createdKey, messageId] = decodeCursor(cursor, cursorSchema) ?? [null, null];
      const values = [tenantId, id, state ?? null, createdKey, messageId, limit + 1];
      const { rows } = await pool.of(tenantId).query<Row>(sql, values);
      return pageOf(rows, limit, deliveryOf, (row) => [row.createdKey, row.messageId]);
    },
  );
}

function deliveryOf({ createdKey: _, ...row }: Row): WebhookDelivery {
  return {
    ...row,
    lastAttemptAt: isoOrNull(row.lastAttemptAt),
    nextAttemptAt: isoOrNull(row.nextAttemptAt),
    deliveredAt: isoOrNull(row.deliveredAt),
    createdAt: isoOf(row.createdAt),
  };
}
