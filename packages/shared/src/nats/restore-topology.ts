import type { Logger } from "../runtime/create-logger.ts";
import { topologyLosses } from "../telemetry/metrics/care-metrics.ts";
import type { Nats } from "./connect-nats.ts";
import { ensureConsumer, ensureTopology, type MissingPart } from "./ensure-topology.ts";
import { type ConsumerDefinition, quotaStream } from "./topology.ts";

type Broker = Pick<Nats, "jsm" | "size" | "share">;

/**
 * Makes anew what this process looks after and is gone, while it runs: somebody has deleted it, or the broker is another one.
 * Whoever misses it first does so, and says so before: what was in it may be lost.
 *
 * @throws as `ensureTopology`
 */
export const restoreTopology = (nats: Broker, log: Logger): Promise<void> =>
  telling(log, (onMissing) => ensureTopology(nats, onMissing));

/** The same of one durable consumer. Its stream has to be there. */
export const restoreConsumer = (nats: Broker, definition: ConsumerDefinition, log: Logger): Promise<void> =>
  telling(log, (onMissing) => ensureConsumer(nats, definition, onMissing));

async function telling(
  log: Logger,
  restore: (onMissing: (part: MissingPart) => void) => Promise<void>,
): Promise<void> {
  const missing: MissingPart[] = [];
  await restore((part) => {
    // What is in memory goes with each restart of the broker.
    if (part.name === quotaStream.name) return;
    missing.push(part);
    log.warn(
      { event: "topology.differs", part: part.name, differences: null, putRight: [], left: [] },
      "it is not there, it is made anew",
    );
  });
  for (const { kind } of missing) topologyLosses.add(1, { "millrace.kind": kind });
}
