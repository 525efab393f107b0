import { counter } from "./counter.ts";
import { gauge } from "./gauge.ts";
import { histogram, quickSeconds } from "./histogram.ts";

export const requestSeconds = histogram({
  name: "http.server.request.duration",
  unit: "s",
  description:
    "Requests to the API, by the route's template. Live streams last as long as their client stays",
  from: "sync-api",
  attributes: {
    "http.request.method": "as `GET`",
    "http.route": "as `/v1/syncs/:id`; `(none)` where there is no such route",
    "http.response.status_code": "as `200`; `499`: the client left before the answer",
  },
  buckets: quickSeconds,
});

export const liveStreams = gauge({
  name: "millrace.live_streams.open",
  unit: "{stream}",
  description: "Live streams (SSE) that are open",
  from: "sync-api",
  attributes: {},
});

export const projectedFacts = counter({
  name: "millrace.projection.facts",
  unit: "{fact}",
  description: "Facts of the log that were applied to the views",
  from: "sync-api",
  attributes: {},
});

export const projectionDelaySeconds = histogram({
  name: "millrace.projection.delay",
  unit: "s",
  description:
    "From the moment at which a fact happened until the views show it; the oldest one of each batch",
  from: "sync-api",
  attributes: {},
  buckets: quickSeconds,
});

export const webhookAttempts = counter({
  name: "millrace.webhooks.attempts",
  unit: "{attempt}",
  description: "Attempts at sending a webhook, by what came of it",
  from: "sync-api",
  attributes: { "millrace.outcome": ["delivered", "retried", "exhausted"] },
});

export const webhooksDisabled = counter({
  name: "millrace.webhooks.disabled",
  unit: "{endpoint}",
  description: "Endpoints that were disabled because they took nothing",
  from: "sync-api",
  attributes: { "millrace.reason": ["gone", "failing"] },
});
