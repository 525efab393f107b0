import { z } from "zod";
import { endsAtMs } from "../access/caller.ts";
import type { Api, ApiPorts } from "../api.ts";
import { problemResponses } from "../http/problem.ts";
import { streamedBody } from "../http/streamed-body.ts";
import { findSync, syncParamsSchema } from "./get-sync.ts";
import { syncOf } from "./sync-rows.ts";

export const streamHeadersSchema = z.looseObject({
  "last-event-id": z
    .string()
    .max(100)
    .optional()
    .describe("The id of the last event that was seen: only what is newer is sent"),
});

/** Browsers cannot set headers of an EventSource. */
export const streamQuerySchema = z.strictObject({
  access_token: z
    .string()
    .max(300)
    .optional()
    .describe("A browser token (mrb_…), where headers cannot be set"),
});

/** The answer of a stream. It is its connection's last one, so that the end of the stream closes it. */
export const streamResponseHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  connection: "close",
  "x-accel-buffering": "no",
};

export const streamResponses = {
  200: {
    description:
      "Events `sync`, whose id is the version and whose data is the sync, and comments as heartbeats",
    content: { "text/event-stream": { schema: streamedBody } },
  },
  ...problemResponses,
};

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
        response: streamResponses,
      },
    },
    async ({ caller, tenantId, params: { id: syncId }, headers }, reply) => {
      const stream = await streams.open(
        {
          tenantId,
          syncId,
          lastEventId: headers["last-event-id"],
          endsAtMs: endsAtMs(caller),
          holder: caller?.id ?? "",
        },
        async () => [syncOf(await findSync(pool, tenantId, syncId), showing)],
      );
      return reply.headers(streamResponseHeaders).send(stream);
    },
  );
}
