import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import {
  type EventRow,
  eventColumns,
  eventCursorOf,
  eventCursorSchema,
  eventOf,
  idsParam,
} from "../events/event-rows.ts";
import { cursorParam, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { eventSchema } from "../resources/event.ts";
import { pageOfSchema } from "../resources/page.ts";
import { findSync, syncParamsSchema } from "./get-sync.ts";

/** Its own events, and those that name it among others. */
const sql = `
  select ${eventColumns}
  from (
    (select * from events
     where tenant_id = $2 and sync_id = $3 and (epoch, seq) > ($4::integer, $5::bigint)
     order by epoch, seq limit $6)
    union all
    (select * from events
     where tenant_id = $2 and account_id = $7
       and type in ('account.reconnected', 'account.restored', 'account.removal_requested')
       and (fact -> 'resumed' ? $3 or fact -> 'restored' ? $3 or fact -> 'cancelled' ? $3) and (epoch, seq) > ($4::integer, $5::bigint)
     order by epoch, seq limit $6)
  ) as events
  order by epoch, seq
  limit $6`;

export function listSyncEvents(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/syncs/:id/events",
    {
      schema: {
        summary: "A sync's audit trail, oldest first",
        tags: ["syncs"],
        params: syncParamsSchema,
        querystring: z.strictObject({ limit: limitParam(100, 500), cursor: cursorParam, ids: idsParam }),
        response: { 200: pageOfSchema(eventSchema), ...problemResponses },
      },
    },
    async ({ tenantId, params: { id }, query: { limit, cursor, ids } }) => {
      const [epoch, seq] = decodeCursor(cursor, eventCursorSchema) ?? [0, 0];
      const { accountId } = await findSync(pool, tenantId, id);
      const values = [ids === "true", tenantId, id, epoch, seq, limit + 1, accountId];
      const { rows } = await pool.of(tenantId).query<EventRow>(sql, values);
      return pageOf(rows, limit, eventOf, eventCursorOf);
    },
  );
}
