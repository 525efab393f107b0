import type { z } from "zod";
import { BrokerRefusal } from "../nats/broker-refusals.ts";
import { connectNats, drainNats, type Nats } from "../nats/connect-nats.ts";
import { countInterruptions } from "../nats/count-interruptions.ts";
import { EventLog } from "../nats/event-log.ts";
import { pingBroker } from "../nats/ping-broker.ts";
import { type NatsAccess, readNatsAccess } from "../nats/read-nats-access.ts";
import { type ServiceName, serviceRights } from "../nats/service-rights.ts";
import { checkDatabaseAccess } from "../postgres/check-database-access.ts";
import { createPool, type PoolOf } from "../postgres/create-pool.ts";
import { createLogger, type Logger } from "../runtime/create-logger.ts";
import { ConfigError, type commonEnv, parseConfig } from "../runtime/parse-config.ts";
import { Shutdown } from "../runtime/shutdown.ts";
import { withSecretFiles } from "../runtime/with-secret-files.ts";
import { startMetrics } from "../telemetry/metrics/start-metrics.ts";
import { startTracing } from "../telemetry/start-tracing.ts";
import { keepOwnConsumers } from "./keep-own-consumers.ts";
import { measureService } from "./measure-service.ts";
import { startOpsServer } from "./ops-server.ts";
import { Readiness } from "./readiness.ts";
import { waitForStores } from "./wait-for-stores.ts";
import { waitForStreams } from "./wait-for-streams.ts";
import { watchClocks } from "./watch-clocks.ts";

type CommonConfig = z.output<z.ZodObject<typeof commonEnv>>;

/** What every service stands on. */
export interface Service<Config, Name extends ServiceName = ServiceName> {
  readonly name: Name;
  readonly config: Config;
  readonly log: Logger;
  readonly shutdown: Shutdown;
  readonly readiness: Readiness;
  readonly nats: Nats;
  readonly eventLog: EventLog;
  readonly pool: PoolOf<Name>;
}

export interface ServiceDefinition<Config extends CommonConfig, Name extends ServiceName> {
  readonly name: Name;
  readonly configSchema: z.ZodType<Config>;
  readonly connectionsMax: (config: Config) => number;
  /** What the database needs before a service can be its role: migrations. */
  readonly prepareDatabase?: (config: Config) => Promise<unknown>;
  /** Wires the service up; what it returns is logged with the line that says it is ready. */
  readonly start: (service: Service<Config, Name>) => Promise<Record<string, unknown>>;
}

const exitCodeConfig = 78; // EX_CONFIG of sysexits.h
const exitCodeRefused = 77; // EX_NOPERM

/**
 * Runs a service as this process: reads its configuration, connects, makes sure that the broker lets it do all that it
 * will do, and the database keeps it to what it may, checks the streams, starts, and stops in order on SIGTERM. Only the entry of a process calls it.
 */
export async function runService<Config extends CommonConfig, Name extends ServiceName>(
  definition: ServiceDefinition<Config, Name>,
): Promise<void> {
  const { config, access } = readConfig(definition);
  const log = createLogger(definition.name, config.LOG_LEVEL);
  const shutdown = new Shutdown(log);
  shutdown.installSignalHandlers();
  const readiness = new Readiness(log, shutdown.signal);
  try {
    await openOps(definition.name, config, log, shutdown, readiness);
    await startTracing({ name: definition.name, config, log, shutdown });
    const nats = await openBroker(definition.name, config, access, log, shutdown);
    readiness.addPart("nats", () => pingBroker(nats));
    const pool = await openDatabase(definition, config, log, shutdown);
    readiness.addPart("postgres", () => pool.ofNobody().query("select 1"));
    const eventLog = new EventLog(nats, definition.name, log);
    const { name } = definition;
    const foundation = { name, config, log, shutdown, readiness, nats, eventLog, pool };
    const details = await definition.start(foundation);
    const endKeeping = keepOwnConsumers(nats, log);
    const endWatching = watchClocks({ nats, pool, log });
    shutdown.onShutdown("own consumers and clocks", async () => {
      endKeeping();
      endWatching();
    });
    readiness.started();
    log.info({ event: "service.ready", ...details }, "ready");
  } catch (error) {
    if (error instanceof BrokerRefusal) return endRefused(definition.name, error, log, shutdown);
    if (!isForOperator(error)) throw error;
    process.stderr.write(`millrace ${definition.name}: ${error.message}\n`);
    await shutdown.run("cannot start");
    process.exit(exitCodeConfig);
  }
}

/**
 * Probes are answered from the start to the very end: what is registered first is closed last.
 *
 * @throws {OpsAddressError}
 */
async function openOps(
  name: ServiceName,
  config: CommonConfig,
  log: Logger,
  shutdown: Shutdown,
  readiness: Readiness,
): Promise<void> {
  readiness.expect("nats", "postgres");
  const metrics = await startMetrics(name, config, log);
  if (metrics === null) return;
  const endMeasuring = measureService(readiness);
  shutdown.onShutdown("metrics", async () => {
    endMeasuring();
    await metrics.stop();
  });
  if (config.OPS_PORT === undefined) return;
  const server = await startOpsServer({
    host: config.OPS_HOST,
    port: config.OPS_PORT,
    log,
    readiness,
    scrape: () => metrics.scrape(),
  });
  shutdown.onShutdown("ops server", () => server.close());
}

/** @throws {SchemaOwnerError}, {DatabaseAccessError} */
async function openDatabase<Config extends CommonConfig, Name extends ServiceName>(
  { name, connectionsMax, prepareDatabase }: ServiceDefinition<Config, Name>,
  config: Config,
  log: Logger,
  shutdown: Shutdown,
): Promise<PoolOf<Name>> {
  const { signal } = shutdown;
  if (prepareDatabase !== undefined)
    await waitForStores("migrations", log, signal, () => prepareDatabase(config));
  const pool = createPool(config.DATABASE_URL, name, connectionsMax(config), log);
  shutdown.onShutdown("postgres", () => pool.end());
  const { isOwnersLogin } = await waitForStores("database access", log, signal, () =>
    checkDatabaseAccess(pool, name),
  );
  if (isOwnersLogin)
    log.warn(
      { event: "postgres.owner" },
      "the user of DATABASE_URL is the database's owner; `npm run database-users` makes users who may less",
    );
  return pool;
}

/** @throws {BrokerRefusal} */
async function openBroker(
  name: ServiceName,
  config: CommonConfig,
  access: NatsAccess,
  log: Logger,
  shutdown: Shutdown,
): Promise<Nats> {
  const size = {
    replicas: config.NATS_REPLICAS,
    logMebibytes: config.NATS_LOG_MIB,
    claimMs: config.CLAIM_SECONDS * 1_000,
  };
  const nats = await connectNats(access, name, log, size, serviceRights[name]);
  shutdown.onShutdown("nats", () => drainNats(nats.connection));
  // A supervisor must see that the connection was closed for good, not a silent service.
  void nats.connection.closed().then((error) => {
    if (shutdown.signal.aborted) return;
    log.fatal({ err: error }, "the connection to the broker was closed for good");
    void shutdown.run("broker connection closed").then(() => process.exit(1));
  });
  countInterruptions(nats.connection).catch(() => {}); // the connection's end
  void nats.standing.lost.then((error) => endRefused(name, error, log, shutdown));
  const isLimited = await waitForStores("permissions", log, shutdown.signal, nats.standing.check);
  if (!isLimited)
    log.warn(
      { event: "nats.unlimited" },
      "the broker lets this service do anything; `npm run nats-users` writes a configuration with users",
    );
  await waitForStreams(nats, log, shutdown.signal);
  return nats;
}

/** Errors whose words say what to set; where in our code they arose helps nobody. */
const forOperator = new Set([
  "config_invalid",
  "keyring",
  "bootstrap_key",
  "schema_owner",
  "database_access",
  "ops_address",
]);

const isForOperator = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && forOperator.has(String(error.code));

/** Ends the process: it would fail later, and where nobody looks. */
async function endRefused(name: string, error: Error, log: Logger, shutdown: Shutdown): Promise<void> {
  if (shutdown.signal.aborted) return;
  log.fatal({ event: "service.refused", err: error }, "the broker refuses this service");
  process.stderr.write(`millrace ${name}: ${error.message}\n`);
  await shutdown.run("refused by the broker");
  process.exit(exitCodeRefused);
}

function readConfig<Config extends CommonConfig>({
  name,
  configSchema,
}: Pick<ServiceDefinition<Config, ServiceName>, "name" | "configSchema">): {
  readonly config: Config;
  readonly access: NatsAccess;
} {
  try {
    const env = withSecretFiles(process.env);
    const { access, problems } = readNatsAccess(env);
    return { config: parseConfig(configSchema, env, problems), access };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`millrace ${name}: ${error.message}\n`);
    process.exit(exitCodeConfig);
  }
}
