import { accountIdSchema, syncIdSchema } from "@millrace/shared/events/identifiers";
import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { ownerOf } from "../live/owner-of.ts";
import { streamHeadersSchema, streamResponseHeaders, streamResponsesOf } from "../live/stream-http.ts";
import { createFactSource } from "./fact-source.ts";
import { factTypes } from "./list-events.ts";

const pace = { everyMsMin: 100, everyMsMax: null };

export function watchEvents(app: Api, { pool, streams }: ApiPorts): void {
  app.get(
    "/v1/events/stream",
    {
      exposeHeadRoute: false,
      schema: {
        summary: "What happens to the tenant's accounts, live",
        description:
          "Server-sent events `fact`, as GET /v1/events shows them, in the order in which they were projected: from now on, or " +
          "from the Last-Event-ID on, however long ago that was.",
        tags: ["events"],
        headers: streamHeadersSchema,
        querystring: z.strictObject({
          accountId: accountIdSchema.optional(),
          syncId: syncIdSchema.optional().describe("Its own facts, and those of its account that name it"),
          type: z.enum(factTypes).optional(),
        }),
        response: streamResponsesOf("Events `fact`, whose id is the version"),
      },
    },
    async (request, reply) => {
      const { tenantId, headers } = request;
      const { accountId = null, syncId = null, type = null } = request.query;
      const after = await streams.believable(headers["last-event-id"]);
      const stream = await streams.openPolled({
        ...ownerOf(request),
        pace,
        concerns: ({ tenants }) => tenants.has(tenantId),
        source: createFactSource(pool, { tenantId, accountId, syncId, type }, after),
      });
      return reply.headers(streamResponseHeaders).send(stream);
    },
  );
}
