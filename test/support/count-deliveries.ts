import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";

/** What became of messages between streams and consumers, summed over the consumers of a stream. */
export interface Deliveries {
  /** How many messages the consumers have to deliver. */
  readonly messages: number;
  readonly deliveries: number;
  /** How many of them were given back by whoever had them. */
  readonly handedBack: number;
}

export interface DeliveryCounter {
  /** Of the work queue. */
  work(): Promise<Deliveries>;
  /** Of the chunker's consumer of the log. */
  log(): Promise<Deliveries>;
}

/** Counts from now on, on a broker that has delivered nothing yet. @param broker the operator's */
export async function countDeliveries(broker: NatsConnection): Promise<DeliveryCounter> {
  const manager = await jetstreamManager(broker);
  const published = new Set<string>();
  const handedBack = new Map<string, number>();
  broker.subscribe("work.>", {
    callback: (_error, message) => {
      published.add(message.headers?.get("Nats-Msg-Id") ?? `none.${published.size}`);
    },
  });
  broker.subscribe("$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.>", {
    callback: (_error, { subject }) => {
      const consumer = subject.split(".").slice(-2).join(".");
      handedBack.set(consumer, (handedBack.get(consumer) ?? 0) + 1);
    },
  });
  await broker.flush();
  const sum = async (stream: string, names: readonly string[], messages: number): Promise<Deliveries> => {
    const infos = await Promise.all(names.map((name) => manager.consumers.info(stream, name)));
    return {
      messages,
      deliveries: infos.reduce((total, { delivered }) => total + delivered.consumer_seq, 0),
      handedBack: names.reduce((total, name) => total + (handedBack.get(`${stream}.${name}`) ?? 0), 0),
    };
  };
  return {
    work: () => sum("WORK", ["fetcher-live", "fetcher-bulk", "chunker-listing"], published.size),
    log: async () => sum("EVENTS", ["chunker-events"], (await manager.streams.info("EVENTS")).state.messages),
  };
}
