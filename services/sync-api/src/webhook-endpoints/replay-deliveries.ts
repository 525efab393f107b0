import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { Api, ApiPorts } from "../api.ts";
import { notFound, problemResponses } from "../http/problem.ts";
import { isoOrNull } from "../resources/time.ts";
import { replayedSchema, replayRequestSchema } from "../resources/webhook-delivery.ts";
import { endpointParamsSchema, findEnabled } from "./endpoint-rows.ts";

/** Of one call; whoever wants more asks again. */
const replayedMax = 10_000;

/** As if it had been queued now; what came of it before is forgotten. */
const queued = `state = 'pending', attempts = 0, queued_at = now(), due_at = now(), attempted_at = null,
  last_status = null, last_error = null, delivered_at = null`;

const oneSql = `
  update webhook_deliveries set ${queued} where tenant_id = $1 and endpoint_id = $2 and id = $3`;

const sinceSql = `
  with chosen as (
    select id, created_at, row_number() over (order by created_at, id) as place from webhook_deliveries
    where tenant_id = $1 and endpoint_id = $2 and created_at >= $3::timestamptz
    order by created_at, id
    limit ${replayedMax} + 1
  ),
  replayed as (
    update webhook_deliveries d set ${queued}
    from chosen
    where d.tenant_id = $1 and d.endpoint_id = $2 and d.id = chosen.id and chosen.place <= ${replayedMax}
    returning d.id
  )
  select (select count(*) from replayed)::integer as replayed,
    (select created_at from chosen where place > ${replayedMax}) as "nextSince"`;

interface Replayed {
  readonly replayed: number;
  readonly nextSince: Date | null;
}

export function replayDeliveries(app: Api, { pool, giveTurn }: ApiPorts): void {
  app.post(
    "/v1/webhook-endpoints/:id/replay",
    {
      schema: {
        summary: "Send messages again",
        description:
          "One message, or all of the endpoint since a time: delivered ones, given up ones, and those that it missed while " +
          "it was disabled. They have the same ids and bodies as before.",
        tags: ["webhook endpoints"],
        params: endpointParamsSchema,
        body: replayRequestSchema,
        response: { 202: replayedSchema, ...problemResponses },
      },
    },
    async ({ id: requestId, tenantId, params: { id: endpointId }, body }, reply) => {
      const { links } = await findEnabled(pool, tenantId, endpointId);
      const { replayed, nextSince } = await queueAgain(pool, tenantId, endpointId, body);
      if (replayed === 0 && "messageId" in body) throw notFound("message", links.deliveries);
      if (replayed > 0) await giveTurn({ tenantId, endpointId }, requestId);
      reply.code(202);
      return { replayed, nextSince: isoOrNull(nextSince) };
    },
  );
}

async function queueAgain(
  pool: Pool,
  tenantId: string,
  endpointId: string,
  which: { readonly messageId: string } | { readonly since: string },
): Promise<Replayed> {
  if ("messageId" in which) {
    const { rowCount } = await pool.of(tenantId).query(oneSql, [tenantId, endpointId, which.messageId]);
    return { replayed: rowCount ?? 0, nextSince: null };
  }
  const { rows } = await pool
    .of(tenantId)
    .query<Replayed>(sinceSql, [tenantId, endpointId, new Date(which.since)]);
  return rows[0] ?? { replayed: 0, nextSince: null };
}
