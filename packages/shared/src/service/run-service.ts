import type { z } from "zod";
import { connectNats, drainNats, type Nats } from "../nats/connect-nats.ts";
import { ensureTopology } from "../nats/ensure-topology.ts";
import { EventLog } from "../nats/event-log.ts";
import { createPool, type Pool } from "../postgres/create-pool.ts";
import { createLogger, type Logger } from "../runtime/create-logger.ts";
import { ConfigError, type commonEnv, parseConfig } from "../runtime/parse-config.ts";
import { Shutdown } from "../runtime/shutdown.ts";
import { withSecretFiles } from "../runtime/with-secret-files.ts";
import { waitForStores } from "./wait-for-stores.ts";

type CommonConfig = z.output<z.ZodObject<typeof commonEnv>>;

/** What every service stands on. */
export interface Service<Config> {
  readonly name: string;
  readonly config: Config;
  readonly log: Logger;
  readonly shutdown: Shutdown;
  readonly nats: Nats;
  readonly eventLog: EventLog;
  readonly pool: Pool;
}

export interface ServiceDefinition<Config extends CommonConfig> {
  readonly name: string;
  readonly configSchema: z.ZodType<Config>;
  readonly connectionsMax: (config: Config) => number;
  /** Wires the service up; what it returns is logged with the line that says it is ready. */
  readonly start: (service: Service<Config>) => Promise<Record<string, unknown>>;
}

const exitCodeConfig = 78; // EX_CONFIG of sysexits.h

/**
 * Runs a service as this process: reads its configuration, connects, checks the streams, starts, and stops in
 * order on SIGTERM. Only the entry of a process calls it.
 */
export async function runService<Config extends CommonConfig>(
  definition: ServiceDefinition<Config>,
): Promise<void> {
  const config = readConfig(definition);
  const log = createLogger(definition.name, config.LOG_LEVEL);
  const shutdown = new Shutdown(log);
  shutdown.installSignalHandlers();
  const size = {
    replicas: config.NATS_REPLICAS,
    logMebibytes: config.NATS_LOG_MIB,
    claimMs: config.CLAIM_SECONDS * 1_000,
  };
  const nats = await connectNats(config.NATS_URL, definition.name, log, size);
  shutdown.onShutdown("nats", () => drainNats(nats.connection));
  // The client closes for good when its permission is taken away; a supervisor must see that, not a silent service.
  void nats.connection.closed().then((error) => {
    if (shutdown.signal.aborted) return;
    log.fatal({ err: error }, "the connection to the broker was closed for good");
    void shutdown.run("broker connection closed").then(() => process.exit(1));
  });
  await waitForStores("streams", log, shutdown.signal, () => ensureTopology(nats));
  const pool = createPool(config.DATABASE_URL, definition.name, definition.connectionsMax(config), log);
  shutdown.onShutdown("postgres", () => pool.end());
  const eventLog = new EventLog(nats, definition.name);
  try {
    const details = await definition.start({
      name: definition.name,
      config,
      log,
      shutdown,
      nats,
      eventLog,
      pool,
    });
    log.info({ event: "service.ready", ...details }, "ready");
  } catch (error) {
    if (!isForOperator(error)) throw error;
    process.stderr.write(`millrace ${definition.name}: ${error.message}\n`);
    await shutdown.run("cannot start");
    process.exit(exitCodeConfig);
  }
}

/** Errors whose words say what to set; where in our code they arose helps nobody. */
const forOperator = new Set(["config_invalid", "keyring", "bootstrap_key"]);

const isForOperator = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && forOperator.has(String(error.code));

function readConfig<Config extends CommonConfig>({ name, configSchema }: ServiceDefinition<Config>): Config {
  try {
    return parseConfig(configSchema, withSecretFiles(process.env));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`millrace ${name}: ${error.message}\n`);
    process.exit(exitCodeConfig);
  }
}
