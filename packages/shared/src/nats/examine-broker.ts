import { type ConsumerConfig, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "../runtime/create-logger.ts";
import { MissingPermissionError } from "./broker-refusals.ts";
import { checkPermissions } from "./check-permissions.ts";
import { isTooOld } from "./connect-nats.ts";
import { dialBroker } from "./dial-broker.ts";
import { differences, unlessAbsent } from "./ensure-topology.ts";
import { inboxPrefix, type Outsider } from "./permissions.ts";
import type { NatsAccess } from "./read-nats-access.ts";
import { type ServiceName, serviceRights } from "./service-rights.ts";
import {
  type ConsumerDefinition,
  consumers,
  followerConsumer,
  streams,
  type TopologySize,
} from "./topology.ts";
import { wantedConsumer, wantedStream } from "./wanted-config.ts";

/** A stream or a consumer, beside what it should be. */
export interface Examined {
  readonly name: string;
  /** Null: it is not there. */
  readonly differences: readonly (readonly [field: string, wanted: unknown, found: unknown])[] | null;
}

export interface ExaminedStream extends Examined {
  readonly bytes: number;
  /** Below 1: it has no limit. */
  readonly bytesMax: number;
  /** Copies that are away or behind, by their servers' names. */
  readonly lagging: readonly string[];
}

export interface BrokerExamination {
  readonly version: string;
  readonly isTooOld: boolean;
  readonly roundTripMs: number;
  /** The broker's time when it answered, beside ours halfway between question and answer; null: no stream to ask about. */
  readonly clock: { readonly theirsMs: number; readonly oursMs: number } | null;
  readonly streams: readonly ExaminedStream[];
  readonly consumers: readonly Examined[];
  /** What other services follow by. */
  readonly followers: readonly Examined[];
  /** Bytes in files; null: the user may not ask, or there is no limit. */
  readonly storage: { readonly used: number; readonly max: number } | null;
}

export interface Examiner {
  /** Whose user comes: of a service only what it looks after is looked at. */
  readonly user: ServiceName | "operator";
  /** Other services, of which those that follow have a consumer. Only the operator's user may ask about it. */
  readonly outsiders?: readonly Pick<Outsider, "name" | "follows">[];
  readonly size: TopologySize;
  readonly log: Logger;
}

const apiTimeoutMs = 5_000;

/**
 * Looks at a broker, and changes nothing: what it is, and in what its streams and consumers differ from the topology.
 *
 * @throws {BrokerRefusal} when it does not let us in; the client's errors when nobody is there
 */
export function examineBroker(access: NatsAccess, examiner: Examiner): Promise<BrokerExamination> {
  return withConnection(access, examiner.user, examiner.log, async (connection) => {
    const version = connection.info?.version ?? "unknown";
    const roundTripMs = await connection.rtt();
    const base = { version, isTooOld: isTooOld(version), roundTripMs };
    if (base.isTooOld)
      return { ...base, clock: null, streams: [], consumers: [], followers: [], storage: null };
    const jsm = await jetstreamManager(connection, { timeout: apiTimeoutMs, checkAPI: false });
    const rights = examiner.user === "operator" ? null : serviceRights[examiner.user];
    const clocks: Clock[] = [];
    const lookedAt = [];
    for (const stream of rights?.streams ?? streams)
      lookedAt.push(await examineStream(jsm, stream, examiner.size, clocks));
    const ours = rights === null ? consumers : [...rights.consumers, ...rights.watches];
    const examined = [];
    for (const consumer of ours) examined.push(await examineConsumer(jsm, consumer, examiner.size));
    const followers = [];
    for (const { name, follows } of rights === null ? (examiner.outsiders ?? []) : [])
      if (follows.length > 0) followers.push(await examineFollower(jsm, followerConsumer(name, follows)));
    const storage = rights === null ? await readStorage(jsm) : null;
    return { ...base, clock: clocks[0] ?? null, streams: lookedAt, consumers: examined, followers, storage };
  });
}

/**
 * What a service's user lacks, in words; empty: nothing. Null: the user is not limited at all, which is as good, and less safe.
 *
 * @throws {BrokerRefusal} when it is not let in; the client's errors when nobody is there
 */
export function examinePermissions(
  access: NatsAccess,
  service: ServiceName,
  log: Logger,
): Promise<readonly string[] | null> {
  return withConnection(access, service, log, async (connection) => {
    try {
      return (await checkPermissions(connection, service, serviceRights[service])) ? [] : null;
    } catch (error) {
      if (!(error instanceof MissingPermissionError)) throw error;
      return error.missing.map(({ operation, subject }) => `${operation} ${subject}`);
    }
  });
}

async function withConnection<T>(
  access: NatsAccess,
  user: string,
  log: Logger,
  work: (connection: NatsConnection) => Promise<T>,
): Promise<T> {
  const connection = await dialBroker(access, { name: user, inboxPrefix: inboxPrefix(user) }, log, 1);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

interface Clock {
  readonly theirsMs: number;
  readonly oursMs: number;
}

/** The server dates its answers; the client's types do not tell of it. */
function clockOf(info: object, askedMs: number, answeredMs: number): Clock[] {
  const { ts } = info as { ts?: unknown };
  const theirsMs = typeof ts === "string" ? Date.parse(ts) : Number.NaN;
  return Number.isNaN(theirsMs) ? [] : [{ theirsMs, oursMs: (askedMs + answeredMs) / 2 }];
}

async function examineStream(
  jsm: JetStreamManager,
  stream: (typeof streams)[number],
  size: TopologySize,
  clocks: Clock[],
): Promise<ExaminedStream> {
  const wanted = wantedStream(stream, size);
  const askedMs = Date.now();
  const info = await unlessAbsent(jsm.streams.info(stream.name));
  if (info === null) return { name: stream.name, differences: null, bytes: 0, bytesMax: 0, lagging: [] };
  clocks.push(...clockOf(info, askedMs, Date.now()));
  const copies = info.cluster?.replicas ?? [];
  return {
    name: stream.name,
    differences: differences(wanted, info.config),
    bytes: info.state.bytes,
    bytesMax: info.config.max_bytes,
    lagging: copies.filter(({ current, offline }) => !current || offline).map(({ name }) => name),
  };
}

async function examineConsumer(
  jsm: JetStreamManager,
  definition: (typeof consumers)[number],
  size: TopologySize,
): Promise<Examined> {
  const { stream, config } = definition;
  const name = `${stream}/${config.durable_name}`;
  const info = await unlessAbsent(jsm.consumers.info(stream, config.durable_name));
  if (info === null) return { name, differences: null };
  return { name, differences: differences(wantedConsumer(definition, size), info.config) };
}

/** How long its claims last, and how often it is given something again, is the follower's own. */
async function examineFollower(
  jsm: JetStreamManager,
  { stream, config }: ConsumerDefinition,
): Promise<Examined> {
  const { durable_name: name, filter_subjects } = config;
  const info = await unlessAbsent(jsm.consumers.info(stream, name));
  if (info === null) return { name, differences: null };
  return { name, differences: differences({ filter_subjects }, filtersOf(info.config)) };
}

/** The broker tells of one filter and of several in different fields. */
const filtersOf = ({
  filter_subject,
  filter_subjects,
}: ConsumerConfig): Pick<ConsumerConfig, "filter_subjects"> => ({
  filter_subjects: filter_subjects ?? (filter_subject === undefined ? [] : [filter_subject]),
});

async function readStorage(jsm: JetStreamManager): Promise<BrokerExamination["storage"]> {
  const { storage, limits } = await jsm.getAccountInfo();
  return limits.max_storage > 0 ? { used: storage, max: limits.max_storage } : null;
}
