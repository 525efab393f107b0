import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFollowers } from "@millrace/infra/nats/make-followers";
import { startNodeService } from "@millrace/infra/process/start-node-service";
import { startWatchdog } from "@millrace/infra/process/watchdog";
import { serviceSpec } from "@millrace/infra/start/service-spec";
import { createTestDatabase } from "@millrace/infra/testing/test-database";
import { type GuardedNats, startGuardedNats } from "@millrace/infra/testing/test-nats";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection, nkeyAuthenticator } from "@nats-io/transport-node";
import { brokerRefusals } from "./broker-refusals.ts";
import { databaseRefusals } from "./database-refusals.ts";
import { MillraceClient } from "./millrace-client.ts";
import type { PlainUser } from "./plain-nats.ts";
import { recordHistory } from "./record-history.ts";

const stopGraceMs = 10_000;

export const serviceNames = ["sync-api", "chunker", "fetcher", "janitor"] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface RunningService {
  readonly pid: number;
  readonly logFile: string;
  /** Where it serves HTTP; null when it does not. */
  readonly url: string | null;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** SIGTERM; gives how it ended. */
  stop(): Promise<{ readonly code: number | null }>;
}

export interface StartOptions {
  /** The address of sync-api: that of another copy that has ended, or "any". Absent: that of the first one. */
  readonly at?: string;
  /** A checkout of another release, whose service is started. */
  readonly release?: string;
  /** Variables that this one has besides, or otherwise. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A whole Millrace of real processes: the four services, with a broker and a database of their own. Each service comes
 * to the broker as its own user: what it does and may not do shows.
 */
export interface Millrace {
  readonly client: MillraceClient;
  readonly nats: GuardedNats;
  /** A connection of the operator's, who may do everything. */
  readonly broker: NatsConnection;
  /** The operator, and another service that may ask for syncs of the tenant and follow its mail. */
  readonly operator: PlainUser;
  readonly shop: PlainUser;
  /** As the database's owner. */
  readonly databaseUrl: string;
  /** As each service's own user. */
  readonly databaseUrls: Readonly<Record<ServiceName, string>>;
  readonly services: ReadonlyMap<ServiceName, RunningService>;
  /** Starts one more process of a service; it takes the place of the one before in `services`. */
  start(name: ServiceName, options?: StartOptions): Promise<RunningService>;
  /** Empties the work queue, as a person or a lost disk would. */
  purgeWork(): Promise<void>;
  /** Ends all of it. @throws Error when broker or database have refused a service anything, unless that was meant */
  stop(options?: { readonly isRefusalMeant?: boolean }): Promise<void>;
}

/**
 * @param simulatorUrl where Gmail is
 * @param env more variables for the services
 * @param release a checkout of another release, whose services are started at first
 */
export async function startMillrace(
  simulatorUrl: string,
  env: Readonly<Record<string, string>> = {},
  release?: string,
): Promise<Millrace> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-e2e-"));
  const watchdog = startWatchdog("KILL", [folder]);
  const [database, nats] = await Promise.all([
    createTestDatabase(),
    startGuardedNats({ outsiders: [{ name: "shop", asks: ["demo"], follows: ["demo"] }] }),
  ]);
  const userOf = (name: string): PlainUser => ({ url: nats.url, seedFile: nats.users.seedFile(name) });
  const [operator, shop] = [userOf("operator"), userOf("shop")];
  const broker = await connect({
    servers: nats.url,
    authenticator: nkeyAuthenticator(Buffer.from(readFileSync(operator.seedFile, "utf8").trim())),
    maxReconnectAttempts: -1,
  });
  const key = `mr_${randomBytes(20).toString("hex")}`;
  const services = new Map<ServiceName, RunningService>();
  const all: RunningService[] = [];
  let url = "";
  let started = 0;

  const serviceEnv: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    NATS_URL: nats.url,
    NATS_LOG_MIB: "256",
    BLOB_STORE_DIR: join(folder, "blobs"),
    MILLRACE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString("base64")}`,
    GMAIL_ROOT_URL: `${simulatorUrl}/`,
    GOOGLE_TOKEN_URL: `${simulatorUrl}/token`,
    GOOGLE_AUTH_URL: `${simulatorUrl}/o/oauth2/v2/auth`,
    GMAIL_QUOTA: "off",
    GOOGLE_CLIENT_ID: "test-client",
    GOOGLE_CLIENT_SECRET: "test-secret",
    MILLRACE_BOOTSTRAP_TENANT: "demo",
    MILLRACE_BOOTSTRAP_KEY: key,
    ...env,
  };

  const start = async (
    name: ServiceName,
    { at = url, release, env: more = {} }: StartOptions = {},
  ): Promise<RunningService> => {
    const logFile = join(folder, `${name}-${started++}.log`);
    // A restarted API keeps its address, so that clients find it again.
    const port = name === "sync-api" ? (URL.parse(at)?.port ?? "0") : "";
    const { process: child, ready } = await startNodeService({
      ...serviceSpec(name),
      ...(release === undefined ? {} : { entry: join(release, "services", name, "src/main.ts") }),
      env: {
        ...serviceEnv,
        NATS_NKEY_SEED_FILE: nats.users.seedFile(name),
        DATABASE_URL: database.serviceUrls[name],
        ...(port === "" ? {} : { PORT: port }),
        ...more,
      },
      logFile,
      onSpawn: (spawned) => watchdog.guard(spawned.pid),
    });
    const servesAt = typeof ready.url === "string" ? ready.url : null;
    if (url === "" && servesAt !== null) url = servesAt;
    const service: RunningService = {
      pid: child.pid,
      logFile,
      url: servesAt,
      kill: async () => void (await child.stop("SIGKILL", 0)),
      stop: () => child.stop("SIGTERM", stopGraceMs),
    };
    services.set(name, service);
    all.push(service);
    return service;
  };

  const stop = async ({ isRefusalMeant = false } = {}): Promise<void> => {
    await Promise.all(all.map((service) => service.stop()));
    const denied = isRefusalMeant ? [] : all.flatMap(({ logFile }) => databaseRefusals(logFile));
    const refused = isRefusalMeant ? [] : all.flatMap(({ logFile }) => brokerRefusals(logFile));
    await recordIfAsked(broker, database.url);
    await broker.close();
    await nats.stop();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
    watchdog.dismiss();
    if (denied.length > 0) throw new Error(`The database has refused: ${denied.join("\n")}`);
    if (refused.length > 0) throw new Error(`The broker has refused: ${[...new Set(refused)].join("; ")}`);
  };

  try {
    for (const name of serviceNames) await start(name, release === undefined ? {} : { release });
    await makeFollowers(nats.url, nats.users);
  } catch (error) {
    await stop();
    throw error;
  }
  const purgeWork = async (): Promise<void> => {
    await (await jetstreamManager(broker)).streams.purge("WORK");
  };
  const client = new MillraceClient(url, key);
  const { url: databaseUrl, serviceUrls: databaseUrls } = database;
  return {
    client,
    nats,
    broker,
    operator,
    shop,
    databaseUrl,
    databaseUrls,
    services,
    start,
    purgeWork,
    stop,
  };
}

/** `RECORD_EVENTS=file vitest run --project e2e …` keeps what happened: docs/upgrades.md. */
async function recordIfAsked(broker: NatsConnection, databaseUrl: string): Promise<void> {
  const file = process.env.RECORD_EVENTS;
  if (file !== undefined) await recordHistory(broker, databaseUrl, file);
}
