import { endsAtMs } from "../access/caller.ts";
import type { Api, ApiPorts } from "../api.ts";
import { readChanges, readSnapshot } from "../live/read-changes.ts";
import type { SnapshotNeed } from "../live/sync-streams.ts";
import type { Sync } from "../resources/sync.ts";
import {
  streamHeadersSchema,
  streamQuerySchema,
  streamResponseHeaders,
  streamResponses,
} from "./watch-sync.ts";

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
        response: streamResponses,
      },
    },
    async ({ caller, tenantId, headers }, reply) => {
      const stream = await ports.streams.open(
        {
          tenantId,
          syncId: null,
          lastEventId: headers["last-event-id"],
          endsAtMs: endsAtMs(caller),
          holder: caller?.id ?? "",
        },
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
