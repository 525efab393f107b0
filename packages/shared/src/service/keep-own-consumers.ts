import type { Nats } from "../nats/connect-nats.ts";
import { keepConsumers } from "../nats/keep-topology.ts";
import { TopologyTeller } from "../nats/tell-topology.ts";
import type { Logger } from "../runtime/create-logger.ts";

const everyMs = 60_000;

/**
 * Compares a service's own consumers with what they should be, as long as it runs, and puts right what somebody has
 * changed by hand.
 *
 * @returns ends it
 */
export function keepOwnConsumers(
  nats: Pick<Nats, "jsm" | "size" | "share">,
  log: Logger,
  ms = everyMs,
): () => void {
  const { consumers } = nats.share;
  if (consumers.length === 0) return () => {};
  const teller = new TopologyTeller(log);
  const look = (): void => {
    keepConsumers(nats, consumers).then(
      (parts) => teller.tell(parts),
      (err: unknown) => log.debug({ err }, "consumers cannot be looked at, their next turn comes"),
    );
  };
  const timer = setInterval(look, ms);
  timer.unref();
  return () => clearInterval(timer);
}
