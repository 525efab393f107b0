import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "../runtime/create-logger.ts";
import { checkPermissions } from "./check-permissions.ts";
import { dialBroker } from "./dial-broker.ts";
import { inboxPrefix } from "./permissions.ts";
import { type NatsAccess, readNatsAccess } from "./read-nats-access.ts";
import { type ServiceRights, type TopologyShare, wholeTopology } from "./service-rights.ts";
import type { TopologySize } from "./topology.ts";
import { type Standing, watchStanding } from "./watch-standing.ts";

const apiTimeoutMs = 5_000;
export const oldestServer = [2, 12] as const;

export interface Nats {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** How large the streams are made, when they have to be made. */
  readonly size: TopologySize;
  /** Which streams and consumers this process looks after. */
  readonly share: TopologyShare;
  readonly standing: Standing;
}

export class NatsTooOldError extends Error {
  readonly code = "nats_too_old";
  constructor(version: string) {
    super(
      `The NATS server is version ${version}; Millrace needs ${oldestServer.join(".")} or newer. Upgrade nats-server.`,
    );
    this.name = "NatsTooOldError";
  }
}

/**
 * Connects to the broker. Whether it lets us do our work is not asked yet (`standing.check`).
 *
 * @param way an address, or an address with all that it takes to get in
 * @param name who we are: answers arrive in an inbox that bears the name
 * @param rights those of the service that connects; null for whoever is none, and looks after all streams
 * @throws {NatsTooOldError} when the server lacks what the streams need
 * @throws {BrokerRefusal} when it does not let us in, or no TLS connection comes about
 */
export async function connectNats(
  way: string | NatsAccess,
  name: string,
  log: Logger,
  size: TopologySize = { replicas: 1, logMebibytes: 4096, claimMs: 30_000 },
  rights: ServiceRights | null = null,
): Promise<Nats> {
  const access = typeof way === "string" ? readNatsAccess({ NATS_URL: way }).access : way;
  const connection = await dialBroker(access, { name, inboxPrefix: inboxPrefix(name) }, log);
  const version = connection.info?.version ?? "unknown";
  if (isTooOld(version)) {
    await connection.close();
    throw new NatsTooOldError(version);
  }
  const check = async () => rights === null || checkPermissions(connection, name, rights);
  const standing = watchStanding(connection, log, check);
  const jsm = await jetstreamManager(connection, { timeout: apiTimeoutMs, checkAPI: false });
  const js = jetstream(connection, { timeout: apiTimeoutMs });
  return { connection, size, js, jsm, share: rights ?? wholeTopology, standing };
}

/** Stops taking messages, sends what is buffered, and closes. Does not wait for a server that is away. */
export async function drainNats(connection: NatsConnection): Promise<void> {
  if (connection.isClosed()) return;
  const drained = connection.drain().catch(() => connection.close());
  await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
}

/** Whether the streams need what a server of this version lacks. */
export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < oldestServer[0] || (major === oldestServer[0] && minor < oldestServer[1]);
}
