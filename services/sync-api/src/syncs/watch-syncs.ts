import type { Api, ApiPorts } from "../api.ts";
import { ownerOf } from "../live/owner-of.ts";
import { readChanges, readSnapshot } from "../live/read-changes.ts";
import {
  streamHeadersSchema,
  streamQuerySchema,
  streamResponseHeaders,
  streamResponsesOf,
} from "../live/stream-http.ts";
import type { SnapshotNeed } from "../live/stream-opener.ts";
import type { Sync } from "../resources/sync.ts";

export function watchSyncs(app: Api, ports: ApiPorts): void {
  app.get(
    "/v1/stream",
    {
      exposeHeadRoute: false,
      config: { browser: true, tokenInQuery: true },
      schema: {
        summary: "The progress of all the tenant's syncs, live",
        description: "Server-sent events: the syncs that run or have just ended, then each change.",
        tags: ["syncs"],
        headers: streamHeadersSchema,
        querystring: streamQuerySchema,
        response: streamResponsesOf("Events `sync`, whose id is the version and whose data is the sync"),
      },
    },
    async (request, reply) => {
      const { tenantId, headers } = request;
      const stream = await ports.streams.openSyncs(
        { ...ownerOf(request), syncId: null, lastEventId: headers["last-event-id"] },
        (need) => readBeginning(ports, tenantId, need),
      );
      return reply.headers(streamResponseHeaders).send(stream);
    },
  );
}

async function readBeginning(
  { pool, showing }: ApiPorts,
  tenantId: string,
  { after, since, syncsMax }: SnapshotNeed,
): Promise<readonly Sync[]> {
  if (after === null) return readSnapshot(pool, showing, { tenantId, since, limit: syncsMax });
  const changes = await readChanges(pool, showing, new Map([[tenantId, after]]), syncsMax);
  return changes.map(({ sync }) => sync);
}
