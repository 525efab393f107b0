import { setTimeout as sleep } from "node:timers/promises";
import type { ConsumerMessages } from "@nats-io/jetstream";
import type { Subscription } from "@nats-io/transport-node";

/** A broker that does not answer for so long is away: it has nothing more to send. */
const drainMsMax = 3_000;

/**
 * Asks for no more messages, and lets those come that the broker has sent already, so that they can be handed back. Closing the
 * pull would drop them, and each would be a claim of nobody's until its time is up. Pulls have no such end in nats.js 3.4, their
 * subscriptions do.
 */
export async function endPull(pull: ConsumerMessages): Promise<void> {
  const { sub } = pull as { sub?: Subscription };
  if (sub !== undefined && !sub.isClosed()) {
    await Promise.race([sub.drain().catch(() => {}), sleep(drainMsMax, undefined, { ref: false })]);
  }
  void pull.close(); // not awaited: it counts as closed only once its iteration has seen it
}
