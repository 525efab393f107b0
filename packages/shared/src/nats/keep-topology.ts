import { JetStreamApiError } from "@nats-io/jetstream";
import type { Logger } from "../runtime/create-logger.ts";
import { topologyRepairs } from "../telemetry/metrics/care-metrics.ts";
import type { Nats } from "./connect-nats.ts";
import { decideStreamRepair } from "./decide-stream-repair.ts";
import { type Difference, differences, ensureConsumer, unlessAbsent } from "./ensure-topology.ts";
import { restoreTopology } from "./restore-topology.ts";
import type { ConsumerDefinition, Stream } from "./topology.ts";
import { bearsMarkOf, wantedConsumer, wantedStream } from "./wanted-config.ts";

/** A stream or a consumer, beside what it should be, and what was done about it. */
export interface KeptPart {
  /** `EVENTS`, `WORK/fetcher-bulk`. */
  readonly name: string;
  /** Null: it was not there. */
  readonly differences: readonly Difference[] | null;
  readonly putRight: readonly string[];
  readonly left: readonly { readonly field: string; readonly why: string }[];
  /** It was not there, and is again. */
  readonly isMadeAnew?: boolean;
}

type Broker = Pick<Nats, "jsm" | "size" | "share">;

const others =
  "another release or configuration has set it: services of one installation are given the same NATS_REPLICAS, NATS_LOG_MIB and CLAIM_SECONDS";
const owners = "the service whose consumer it is puts it right";

/**
 * Looks at the streams, and puts right what somebody has changed by hand, as far as nothing is lost by it. For whoever may
 * change streams.
 *
 * @throws the client's errors while the broker is away
 */
export async function keepStreams(nats: Broker, log: Logger): Promise<KeptPart[]> {
  const kept: KeptPart[] = [];
  for (const stream of nats.share.streams) kept.push(await keepStream(nats, stream));
  // Whoever needs a stream makes it; so does this.
  if (kept.every((part) => part.differences !== null)) return kept;
  await restoreTopology(nats, log);
  return kept.map((part) => (part.differences === null ? { ...part, isMadeAnew: true } : part));
}

async function keepStream({ jsm, size, share }: Broker, stream: Stream): Promise<KeptPart> {
  const { name } = stream;
  const info = await unlessAbsent(jsm.streams.info(name));
  if (info === null) return { name, differences: null, putRight: [], left: [] };
  const wanted = wantedStream(stream, size);
  const differing = differences(wanted, info.config);
  if (differing.length === 0) return { name, differences: [], putRight: [], left: [] };
  if (!share.changesStreams || !bearsMarkOf(wanted, info.config)) return leave(name, differing, others);
  const { set, left } = decideStreamRepair(differing, info, Date.now());
  if (Object.keys(set).length === 0) return { name, differences: differing, putRight: [], left };
  try {
    await jsm.streams.update(name, set);
  } catch (error) {
    if (!(error instanceof JetStreamApiError)) throw error;
    return leave(name, differing, `the broker refuses: ${error.message}`);
  }
  topologyRepairs.add(1, { "millrace.kind": "stream" });
  return { name, differences: differing, putRight: Object.keys(set), left };
}

/**
 * Looks at consumers. A service puts its own right; others' it leaves to them.
 *
 * @throws the client's errors while the broker is away
 */
export async function keepConsumers(
  nats: Broker,
  definitions: readonly ConsumerDefinition[],
): Promise<KeptPart[]> {
  const kept: KeptPart[] = [];
  for (const definition of definitions) kept.push(await keepConsumer(nats, definition));
  return kept;
}

async function keepConsumer(nats: Broker, definition: ConsumerDefinition): Promise<KeptPart> {
  const name = `${definition.stream}/${definition.config.durable_name}`;
  const info = await unlessAbsent(nats.jsm.consumers.info(definition.stream, definition.config.durable_name));
  // Its service makes it as it claims.
  if (info === null) return { name, differences: null, putRight: [], left: [] };
  const wanted = wantedConsumer(definition, nats.size);
  const differing: Difference[] = differences(wanted, info.config);
  const pause = info.paused === true ? [{ field: "pause_until", why: "somebody has paused it" }] : [];
  const paused: Difference[] = pause.map(({ field }) => [field, undefined, info.config.pause_until]);
  if (differing.length === 0) return { name, differences: paused, putRight: [], left: pause };
  const isOwn = nats.share.consumers.includes(definition);
  if (!isOwn || !bearsMarkOf(wanted, info.config))
    return leave(name, [...differing, ...paused], isOwn ? others : owners);
  await ensureConsumer(nats, definition);
  topologyRepairs.add(1, { "millrace.kind": "consumer" });
  return {
    name,
    differences: [...differing, ...paused],
    putRight: differing.map(([field]) => field),
    left: pause,
  };
}

const leave = (name: string, differing: readonly Difference[], why: string): KeptPart => ({
  name,
  differences: differing,
  putRight: [],
  left: differing.map(([field]) => ({ field, why })),
});
