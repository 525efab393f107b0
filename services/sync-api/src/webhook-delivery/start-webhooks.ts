import type { Nats } from "@millrace/shared/nats/connect-nats";
import type { EventLog } from "@millrace/shared/nats/event-log";
import { type RunningConsumer, runConsumer } from "@millrace/shared/nats/run-consumer";
import { relayConsumer, turnConsumer } from "@millrace/shared/nats/topology";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import { createDeliverWebhooks, type DeliverPorts } from "./deliver-webhooks.ts";
import { createRelayWebhooks } from "./relay-webhooks.ts";

/** Facts that are looked at at once: each is a small statement at most. */
const relaySlots = 4;
/** Endpoints that are sent to at once: each waits for somebody else's server, for seconds at worst. */
const turnSlots = 64;

/** What waits for an answer when the service stops is broken off after this, and sent by another copy. */
const stopGraceMs = 2_000;

export interface WebhookService extends Omit<DeliverPorts, "stopping"> {
  readonly nats: Nats;
  readonly eventLog: EventLog;
  readonly log: Logger;
}

/** Tells tenants' endpoints of what happens: facts become messages, messages are delivered. Any number of copies may run. */
export function startWebhooks(service: WebhookService): RunningConsumer {
  const { nats, eventLog, log, pool, policy } = service;
  const common = { nats, eventLog, log };
  const stopping = new AbortController();
  const deliver = createDeliverWebhooks({ ...service, stopping: stopping.signal });
  const consumers = [
    runConsumer(createRelayWebhooks(pool, policy), {
      ...common,
      slots: relaySlots,
      definition: relayConsumer,
    }),
    runConsumer(deliver, { ...common, slots: turnSlots, definition: turnConsumer }),
  ];
  return {
    stop: async () => {
      const timer = setTimeout(() => stopping.abort(), stopGraceMs);
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      clearTimeout(timer);
    },
  };
}
