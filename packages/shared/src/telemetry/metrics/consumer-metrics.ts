import { counter } from "./counter.ts";
import { histogram, slowSeconds } from "./histogram.ts";
import { upDownCounter } from "./up-down-counter.ts";

const consumer = "the durable consumer, as `fetcher-bulk`";

export const deliverySeconds = histogram({
  name: "messaging.process.duration",
  unit: "s",
  description: "From the moment at which a message was taken until it was settled",
  from: "sync-api, chunker, fetcher",
  attributes: {
    "messaging.system": ["nats"],
    "messaging.consumer.group.name": consumer,
    "millrace.outcome":
      "`done`, `ignore`, `reject`; `failed`: nobody foresaw it; `handed_back`: the service stopped",
  },
  buckets: slowSeconds,
});

export const deliveriesInFlight = upDownCounter({
  name: "millrace.deliveries.in_flight",
  unit: "{delivery}",
  description: "Messages that are worked on: claims that the process holds",
  from: "sync-api, chunker, fetcher",
  attributes: { "messaging.consumer.group.name": consumer },
});

export const consumerSlots = upDownCounter({
  name: "millrace.consumer.slots",
  unit: "{slot}",
  description: "How many messages the process works on at once, at most",
  from: "sync-api, chunker, fetcher",
  attributes: { "messaging.consumer.group.name": consumer },
});

export const redeliveries = counter({
  name: "millrace.deliveries.redelivered",
  unit: "{delivery}",
  description: "Messages that came again: a worker died, or could not settle them",
  from: "sync-api, chunker, fetcher",
  attributes: { "messaging.consumer.group.name": consumer },
});

export const storeAways = counter({
  name: "millrace.store.away",
  unit: "{attempt}",
  description: "Attempts at a message that found broker or database away; its claim is kept",
  from: "sync-api, chunker, fetcher",
  attributes: { "messaging.consumer.group.name": consumer },
});

export const pickupSeconds = histogram({
  name: "millrace.sync.pickup.duration",
  unit: "s",
  description: "From the moment at which the broker had stored a request until its sync had started",
  from: "chunker",
  attributes: {},
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
});
