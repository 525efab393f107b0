import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { eventText } from "../live/live-stream.ts";
import { ownerOf } from "../live/owner-of.ts";
import type { StreamSource } from "../live/polled-stream.ts";
import { streamResponseHeaders, streamResponsesOf } from "../live/stream-http.ts";
import { OverviewFeed } from "./overview-feed.ts";
import { type Whose, whoseOf } from "./owners.ts";
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
        source: createSource(feed, whose),
      });
      return reply.headers(streamResponseHeaders).send(stream);
    },
  );
}

/** What was read for another client already may lack what this one was woken for: then it comes again. */
function createSource(feed: OverviewFeed, whose: Whose): StreamSource {
  let toldBeganMs = 0;
  return {
    read: async (rungAtMs) => {
      const { overview, beganMs } = await feed.now(whose);
      const events = beganMs === toldBeganMs ? [] : [eventText("overview", null, overview)];
      toldBeganMs = beganMs;
      return { events, isMore: beganMs <= rungAtMs, lastWords: null };
    },
  };
}
