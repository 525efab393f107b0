import type { Nats } from "@millrace/shared/nats/connect-nats";
import { type KeptPart, keepConsumers, keepStreams } from "@millrace/shared/nats/keep-topology";
import { TopologyTeller } from "@millrace/shared/nats/tell-topology";
import { consumers } from "@millrace/shared/nats/topology";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import { topologyDifferences } from "@millrace/shared/telemetry/metrics/care-metrics";
import { Seen } from "../observe/seen.ts";
import { showSeen } from "../observe/show-seen.ts";
import type { PeriodicTask } from "../run-periodically.ts";

const everySeconds = 60;
/** What was seen longer ago another janitor sees now. */
const freshMs = 4 * everySeconds * 1_000;

/** The task that compares streams and consumers with what they should be, and puts right what is safe. */
export function topologyTask({ nats, log }: { readonly nats: Nats; readonly log: Logger }): PeriodicTask {
  const teller = new TopologyTeller(log);
  const seen = new Seen<readonly KeptPart[]>(Date.now, freshMs);
  showSeen(
    topologyDifferences,
    () => seen.fresh(),
    (parts) => parts.map((part) => ({ value: remaining(part), attributes: { "millrace.part": part.name } })),
  );
  return {
    name: "topology",
    everySeconds,
    lock: 7_352_190_032,
    run: async () => {
      const parts = [...(await keepStreams(nats, log)), ...(await keepConsumers(nats, consumers))];
      teller.tell(parts);
      seen.see(parts);
    },
  };
}

/** Fields that are not as they should be; what is not there is one. */
function remaining({ differences, putRight }: KeptPart): number {
  return differences === null ? 1 : differences.filter(([field]) => !putRight.includes(field)).length;
}
