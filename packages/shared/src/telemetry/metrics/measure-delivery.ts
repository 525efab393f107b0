import {
  consumerSlots,
  deliveriesInFlight,
  deliverySeconds,
  pickupSeconds,
  redeliveries,
  storeAways,
} from "./consumer-metrics.ts";

type Settlement = "done" | "ignore" | "reject" | "failed" | "handed_back";

/** Measures what one consumer of this process takes and settles. */
export class DeliveryMeter {
  readonly #consumer: { readonly "messaging.consumer.group.name": string };

  /** @param consumer the durable consumer's name */
  constructor(consumer: string) {
    this.#consumer = { "messaging.consumer.group.name": consumer };
  }

  /** @param change slots that there are more of, or less */
  slots(change: number): void {
    consumerSlots.add(change, this.#consumer);
  }

  /** @returns to be called when it is settled, with how */
  begin(deliveryCount: number): (how: Settlement) => void {
    const beganMs = performance.now();
    deliveriesInFlight.add(1, this.#consumer);
    if (deliveryCount > 1) redeliveries.add(1, this.#consumer);
    return (how) => {
      deliveriesInFlight.add(-1, this.#consumer);
      deliverySeconds.record((performance.now() - beganMs) / 1_000, {
        ...this.#consumer,
        "messaging.system": "nats",
        "millrace.outcome": how,
      });
    };
  }

  storeAway(): void {
    storeAways.add(1, this.#consumer);
  }
}

/** A request has become its account's active sync. @param storedAtMs when the broker had it */
export function measurePickup(storedAtMs: number): void {
  // Two clocks: the broker's may be a bit ahead of ours.
  pickupSeconds.record(Math.max(Date.now() - storedAtMs, 0) / 1_000, {});
}
