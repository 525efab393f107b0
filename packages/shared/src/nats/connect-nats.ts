import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "../runtime/create-logger.ts";
import type { TopologySize } from "./topology.ts";

const apiTimeoutMs = 5_000;
const pingIntervalMs = 10_000;
const oldestServer = [2, 12] as const;

export interface Nats {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** How large the streams are made, when they have to be made. */
  readonly size: TopologySize;
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
 * Connects, and keeps reconnecting for ever: the client's defaults give up after ten tries and notice a dead
 * connection only after minutes.
 *
 * @throws {NatsTooOldError} when the server lacks what the streams need
 */
export async function connectNats(
  url: string,
  name: string,
  log: Logger,
  size: TopologySize = { replicas: 1, logMebibytes: 4096, claimMs: 30_000 },
): Promise<Nats> {
  const connection = await connect({
    servers: url.split(","),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    reconnectJitter: 500,
    waitOnFirstConnect: true,
    pingInterval: pingIntervalMs,
    maxPingOut: 3,
    noAsyncTraces: true, // an error object a request costs more than the request
  });
  logStatus(connection, log);
  const version = connection.info?.version ?? "unknown";
  if (isTooOld(version)) {
    await connection.close();
    throw new NatsTooOldError(version);
  }
  const jsm = await jetstreamManager(connection, { timeout: apiTimeoutMs });
  return { connection, size, js: jetstream(connection, { timeout: apiTimeoutMs }), jsm };
}

/** Stops taking messages, sends what is buffered, and closes. Does not wait for a server that is away. */
export async function drainNats(connection: NatsConnection): Promise<void> {
  if (connection.isClosed()) return;
  const drained = connection.drain().catch(() => connection.close());
  await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < oldestServer[0] || (major === oldestServer[0] && minor < oldestServer[1]);
}

function logStatus(connection: NatsConnection, log: Logger): void {
  const follow = async (): Promise<void> => {
    for await (const status of connection.status()) {
      if (status.type === "disconnect")
        log.warn({ event: "nats.disconnected" }, "lost the broker, reconnecting");
      if (status.type === "reconnect") log.info({ event: "nats.reconnected" }, "the broker is back");
    }
  };
  follow().catch((error: unknown) => log.warn({ err: error }, "status of the broker connection ended"));
}
