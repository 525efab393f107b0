import { counter } from "./counter.ts";
import { gauge } from "./gauge.ts";

export const serviceReady = gauge({
  name: "millrace.service.ready",
  unit: "{service}",
  description: "1 when the service can do its work, as `/ready` says; 0 when it cannot",
  from: "all",
  attributes: {},
});

export const partReady = gauge({
  name: "millrace.service.part.ready",
  unit: "{part}",
  description: "1 when a part that the service stands on answers; 0 when it does not",
  from: "all",
  attributes: { "millrace.part": "`nats`, `postgres`; of sync-api `projector` too" },
});

export const brokerInterruptions = counter({
  name: "millrace.broker.interruptions",
  unit: "{interruption}",
  description: "How often the connection to the broker was lost",
  from: "all",
  attributes: {},
});

export const clockSkew = gauge({
  name: "millrace.clock.skew",
  unit: "s",
  description:
    "By how much the clock of the broker or of the database is ahead of this machine's, at least; negative: behind",
  from: "all",
  attributes: { "millrace.part": ["nats", "postgres"] },
});
