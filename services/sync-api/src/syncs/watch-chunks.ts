import type { Api, ApiPorts } from "../api.ts";
import { ownerOf } from "../live/owner-of.ts";
import {
  streamHeadersSchema,
  streamQuerySchema,
  streamResponseHeaders,
  streamResponsesOf,
} from "../live/stream-http.ts";
import { createChunkSource } from "./chunk-source.ts";
import { findSync, syncParamsSchema } from "./get-sync.ts";

/** What a person can see; facts that come together are told together. */
const pace = { everyMsMin: 200, everyMsMax: null };

export function watchChunks(app: Api, { pool, streams }: ApiPorts): void {
  app.get(
    "/v1/syncs/:id/chunks/stream",
    {
      exposeHeadRoute: false,
      config: { browser: true, tokenInQuery: true },
      schema: {
        summary: "The states of a sync's chunks, live",
        description:
          "Server-sent events `chunks`. `{ version, from: 0, states }` has a letter a chunk, by index, and takes the place of " +
          "all that was known: l listed, o outstanding, f outstanding after an attempt that failed, s settled, d set aside. " +
          "`{ version, changed: [[index, letter], …] }` has those that may have changed, new ones as well. Then `end` when the " +
          "sync has ended.",
        tags: ["syncs"],
        headers: streamHeadersSchema,
        querystring: streamQuerySchema,
        params: syncParamsSchema,
        response: streamResponsesOf("Events `chunks`, whose id is the sync's version, and `end`"),
      },
    },
    async (request, reply) => {
      const { tenantId, headers } = request;
      const { id: syncId } = request.params;
      await findSync(pool, tenantId, syncId);
      const after = await streams.believable(headers["last-event-id"]);
      const stream = await streams.openPolled({
        ...ownerOf(request),
        pace,
        concerns: ({ syncs }) => syncs.has(syncId),
        source: createChunkSource(pool, { tenantId, syncId }, after),
      });
      return reply.headers(streamResponseHeaders).send(stream);
    },
  );
}
