import { setTimeout as sleep } from "node:timers/promises";
import type { Nats } from "../nats/connect-nats.ts";
import { ensureTopology, TopologyMismatchError } from "../nats/ensure-topology.ts";
import type { Logger } from "../runtime/create-logger.ts";
import { waitForStores } from "./wait-for-stores.ts";

const janitorMsMax = 60_000;
const lookMs = 1_000;

/**
 * Makes the streams that are missing and checks the others. Who may not change a stream waits for the janitor to do it,
 * for a while: when all are started anew with another size of the log, the order in which they start does not matter.
 *
 * @throws {TopologyMismatchError}
 */
export async function waitForStreams(
  nats: Pick<Nats, "jsm" | "size" | "share">,
  log: Logger,
  signal: AbortSignal,
  msMax = janitorMsMax,
): Promise<void> {
  const endMs = performance.now() + msMax;
  for (;;) {
    try {
      return await waitForStores("streams", log, signal, () => ensureTopology(nats));
    } catch (error) {
      const isOthers = error instanceof TopologyMismatchError && !nats.share.changesStreams;
      if (!isOthers || performance.now() >= endMs) throw error;
      log.warn({ err: error }, "a stream is not as it should be, the start waits for the janitor");
      await sleep(lookMs, undefined, { signal });
    }
  }
}
