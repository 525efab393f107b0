import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { ownerOf } from "../live/owner-of.ts";
import { streamResponseHeaders, streamResponsesOf } from "../live/stream-http.ts";
import { OverviewFeed } from "./overview-feed.ts";
import { createOverviewSource } from "./overview-source.ts";
import { whoseOf } from "./owners.ts";
import { readOverview } from "./read-overview.ts";

/** When something has happened, at most once a second; and what only time changes, every five. */
const pace = { everyMsMin: 1_000, everyMsMax: 5_000 };

export function watchOverview(app: Api, ports: ApiPorts): void {
  const feed = new OverviewFeed((whose) => readOverview(ports, whose));
  app.get(
    "/v1/overview/stream",
    {
      exposeHeadRoute: false,
      config: { operator: true },
      schema: {
        summary: "How things are, live",
        description:
          "Server-sent events: the overview at once, then when something has changed, at most once a second; every five " +
          "seconds in any case. Each stands for itself, so there is nothing to resume.",
        tags: ["overview"],
        querystring: z.strictObject({}),
        response: streamResponsesOf("Events `overview`, whose data is the overview"),
      },
    },
    async (request, reply) => {
      const whose = whoseOf(request);
      const stream = await ports.streams.openPolled({
        ...ownerOf(request),
        pace,
        concerns: ({ tenants }) => whose === null || tenants.has(whose),
        source: createOverviewSource(feed, whose),
      });
      return reply.headers(streamResponseHeaders).send(stream);
    },
  );
}
