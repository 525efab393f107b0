import { factSchema } from "@millrace/shared/events/facts";
import { accountIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { eventSchema } from "../resources/event.ts";
import { pageOfSchema } from "../resources/page.ts";
import {
  type EventRow,
  eventColumns,
  eventCursorOf,
  eventCursorSchema,
  eventOf,
  idsParam,
} from "./event-rows.ts";

const sql = `
  select ${eventColumns}
  from events
  where tenant_id = $2 and ($3::text is null or account_id = $3) and ($4::text is null or type = $4)
    and ($5::integer is null or (epoch, seq) < ($5::integer, $6::bigint))
  order by events.epoch desc, events.seq desc
  limit $7`;

export const factTypes = factSchema.options.map((option) => option.shape.type.value);

export function listEvents(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/events",
    {
      schema: {
        summary: "What happened to the tenant's accounts, newest first",
        description: "Requests that could not be understood are here, as `request.rejected`.",
        tags: ["events"],
        querystring: z.strictObject({
          accountId: accountIdSchema.optional(),
          type: z.enum(factTypes).optional(),
          limit: limitParam(100, 500),
          cursor: cursorParam,
          ids: idsParam,
        }),
        response: { 200: pageOfSchema(eventSchema), ...problemResponses },
      },
    },
    async ({ tenantId, query: { accountId, type, limit, cursor, ids } }) => {
      const [epoch, seq] = decodeCursor(cursor, eventCursorSchema) ?? [null, null];
      const values = [ids === "true", tenantId, accountId ?? null, type ?? null, epoch, seq, limit + 1];
      const { rows } = await pool.of(tenantId).query<EventRow>(sql, values);
      return pageOf(rows, limit, eventOf, eventCursorOf);
    },
  );
}
