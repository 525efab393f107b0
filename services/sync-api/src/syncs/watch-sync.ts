import type { Api, ApiPorts } from "../api.ts";
import { ownerOf } from "../live/owner-of.ts";
import {
  streamHeadersSchema,
  streamQuerySchema,
  streamResponseHeaders,
  streamResponsesOf,
} from "../live/stream-http.ts";
import { findSync, syncParamsSchema } from "./get-sync.ts";
import { syncOf } from "./sync-rows.ts";

export function watchSync(app: Api, { pool, streams, showing }: ApiPorts): void {
  app.get(
    "/v1/syncs/:id/stream",
    {
      exposeHeadRoute: false,
      config: { browser: true, tokenInQuery: true },
      schema: {
        summary: "A sync's progress, live",
        description: "Server-sent events: its state, then each change, then `end` when it has ended.",
        tags: ["syncs"],
        headers: streamHeadersSchema,
        querystring: streamQuerySchema,
        params: syncParamsSchema,
        response: streamResponsesOf(
          "Events `sync`, whose id is the version and whose data is the sync, and `end`",
        ),
      },
    },
    async (request, reply) => {
      const { tenantId, headers } = request;
      const { id: syncId } = request.params;
      const stream = await streams.openSyncs(
        { ...ownerOf(request), syncId, lastEventId: headers["last-event-id"] },
        async () => [syncOf(await findSync(pool, tenantId, syncId), showing)],
      );
      return reply.headers(streamResponseHeaders).send(stream);
    },
  );
}
