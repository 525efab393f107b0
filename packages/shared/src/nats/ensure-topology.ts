import {
  type ConsumerConfig,
  JetStreamApiError,
  type JetStreamManager,
  type StreamConfig,
} from "@nats-io/jetstream";
import type { Nats } from "./connect-nats.ts";
import type { ConsumerDefinition } from "./topology.ts";
import { bearsMarkOf, markOf, wantedConsumer, wantedStream } from "./wanted-config.ts";

export const streamNotFound = 10059;
const streamNameInUse = 10058;
const consumerNotFound = 10014;
const consumerExists = 10148;
const insufficientStorage = 10047;

/** The server's answer differs from what was asked of it: it may be too old to know a field, or somebody changed it. */
export class TopologyMismatchError extends Error {
  readonly code = "topology_mismatch";
  constructor(what: string, field: string, wanted: unknown, found: unknown) {
    super(
      `${what}: "${field}" should be ${JSON.stringify(wanted)} but the server has ${JSON.stringify(found)}. ` +
        "A server older than 2.12 drops fields it does not know; else somebody changed it by hand. Streams are brought " +
        "up to date by the janitor as it starts, with its own configuration: is there one, and has it the same?",
    );
    this.name = "TopologyMismatchError";
  }
}

/** The broker has less storage than the streams ask for. */
export class BrokerStorageError extends Error {
  readonly code = "broker_storage";
  constructor(stream: string, options?: ErrorOptions) {
    super(
      `The NATS server has not enough storage for stream ${stream}. Free disk space, raise max_file_store in ` +
        "its configuration, or make the log smaller with NATS_LOG_MIB.",
      options,
    );
    this.name = "BrokerStorageError";
  }
}

/** A stream or a consumer that is not there. */
export interface MissingPart {
  /** `EVENTS`, `WORK/fetcher-bulk`. */
  readonly name: string;
  readonly kind: "stream" | "consumer";
}
/** Is told of each before it is made. */
export type OnMissing = (part: MissingPart) => void;

/**
 * Of the streams and consumers that this process looks after, creates those that are missing, brings the others up to
 * date where that is its business, reads each back and compares field by field. Safe to run from several services at
 * once.
 *
 * @throws {TopologyMismatchError}
 * @throws {BrokerStorageError}
 */
export async function ensureTopology(
  { jsm, size, share }: Pick<Nats, "jsm" | "size" | "share">,
  onMissing: OnMissing = () => {},
): Promise<void> {
  for (const stream of share.streams)
    await ensureStream(jsm, wantedStream(stream, size), { isChanged: share.changesStreams, onMissing });
  for (const consumer of share.consumers) await ensureConsumer({ jsm, size }, consumer, onMissing);
}

async function ensureStream(
  jsm: JetStreamManager,
  wanted: Partial<StreamConfig> & { name: string },
  { isChanged, onMissing }: { readonly isChanged: boolean; readonly onMissing: OnMissing },
): Promise<void> {
  const found = await unlessApiError(jsm.streams.info(wanted.name), streamNotFound);
  if (found === null) onMissing({ name: wanted.name, kind: "stream" });
  try {
    const marked = { ...wanted, metadata: markOf(wanted) };
    if (found === null) await unlessApiError(jsm.streams.add(marked), streamNameInUse);
    else if (isChanged && !isAs(wanted, found.config)) await jsm.streams.update(wanted.name, marked);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === insufficientStorage) {
      throw new BrokerStorageError(wanted.name, { cause: error });
    }
    throw error;
  }
  const after = await jsm.streams.info(wanted.name);
  compare(`Stream ${wanted.name}`, wanted, after.config);
}

/** Creates or updates one durable consumer; also used to bring back one that somebody deleted. */
export async function ensureConsumer(
  { jsm, size }: Pick<Nats, "jsm" | "size">,
  definition: ConsumerDefinition,
  onMissing: OnMissing = () => {},
): Promise<void> {
  const { stream } = definition;
  const config = wantedConsumer(definition, { claimMs: size.claimMs });
  const marked = { ...config, metadata: markOf(config) };
  const found = await unlessApiError(jsm.consumers.info(stream, config.durable_name), consumerNotFound);
  if (found === null) onMissing({ name: `${stream}/${config.durable_name}`, kind: "consumer" });
  if (found === null) await unlessApiError(jsm.consumers.add(stream, marked), consumerExists);
  else if (!isAs(config, found.config)) await jsm.consumers.update(stream, config.durable_name, marked);
  const after = await jsm.consumers.info(stream, config.durable_name);
  compare(`Consumer ${stream}/${config.durable_name}`, config, after.config);
}

/** Has a durable consumer begin anew: whoever runs it makes it again, and reads its stream from the beginning. */
export async function beginConsumerAnew(
  { jsm }: Pick<Nats, "jsm">,
  { stream, config }: ConsumerDefinition,
): Promise<void> {
  await unlessApiError(jsm.consumers.delete(stream, config.durable_name), consumerNotFound);
}

/** Nothing differs, and it says who has made it so. */
const isAs = (wanted: object, found: StreamConfig | ConsumerConfig): boolean =>
  differences(wanted, found).length === 0 && bearsMarkOf(wanted, found);

function compare(what: string, wanted: object, found: object): void {
  const [difference] = differences(wanted, found);
  if (difference !== undefined) throw new TopologyMismatchError(what, ...difference);
}

export type Difference = readonly [field: string, wanted: unknown, found: unknown];

/** Every field that was asked for, with what the server has instead. */
export function differences(
  wanted: Partial<StreamConfig> | Partial<ConsumerConfig> | object,
  found: object,
): [field: string, wanted: unknown, found: unknown][] {
  const actual = found as Record<string, unknown>;
  return Object.entries(wanted)
    .filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(actual[field] ?? absentValue(value)))
    .map(([field, value]) => [field, value, actual[field]]);
}

/** The server leaves out fields that hold their zero value. */
function absentValue(like: unknown): unknown {
  if (typeof like === "boolean") return false;
  if (typeof like === "number") return 0;
  return undefined;
}

async function unlessApiError<T>(promise: Promise<T>, code: number): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === code) return null;
    throw error;
  }
}

const notFound: ReadonlySet<number> = new Set([streamNotFound, consumerNotFound]);

/** What was asked of a stream or consumer; null where there is none. */
export async function unlessAbsent<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof JetStreamApiError && notFound.has(error.code)) return null;
    throw error;
  }
}
