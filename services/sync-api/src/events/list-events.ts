import { factSchema } from "@millrace/shared/events/facts";
import { accountIdSchema, noTenant } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { cursorParam, decodeCursor, limitParam, pageOf } from "../http/cursor.ts";
import { problemResponses } from "../http/problem.ts";
import { whoseOf } from "../overview/owners.ts";
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
    and ($8::text is null or fact -> 'sha256' ? $8)
  order by events.epoch desc, events.seq desc
  limit $7`;

export const factTypes = factSchema.options.map((option) => option.shape.type.value);

export function listEvents(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/events",
    {
      config: { operator: true },
      schema: {
        summary: "What happened to the tenant's accounts, newest first",
        description:
          "Requests that could not be understood are here, as `request.rejected`. With an operator's key: what is no tenant's, " +
          "such as the content that retention has removed (`blobs.removed`), which is there once, whoever has had it.",
        tags: ["events"],
        querystring: z.strictObject({
          accountId: accountIdSchema.optional(),
          type: z.enum(factTypes).optional(),
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/)
            .optional()
            .describe("Only facts that name this content, as `blobs.removed` does (operator)"),
          limit: limitParam(100, 500),
          cursor: cursorParam,
          ids: idsParam,
        }),
        response: { 200: pageOfSchema(eventSchema), ...problemResponses },
      },
    },
    async (request) => {
      const { accountId, type, sha256, limit, cursor, ids } = request.query;
      const whose = whoseOf(request) ?? noTenant;
      const [epoch, seq] = decodeCursor(cursor, eventCursorSchema) ?? [null, null];
      const values = [
        ids === "true",
        whose,
        accountId ?? null,
        type ?? null,
        epoch,
        seq,
        limit + 1,
        sha256 ?? null,
      ];
      const { rows } = await pool.of(whose).query<EventRow>(sql, values);
      return pageOf(rows, limit, eventOf, eventCursorOf);
    },
  );
}
