import { randomBytes } from "node:crypto";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { makeDatabaseUsers } from "@millrace/infra/postgres/database-users";
import { packagedPostgres, reachablePostgres } from "@millrace/infra/postgres/postgres-binaries";
import { startPostgres } from "@millrace/infra/postgres/start-postgres";
import type { LimitedService } from "@millrace/infra/process/heap-flags";
import { unprivilegedUser } from "@millrace/infra/process/run-as";
import type { ServerProcess } from "@millrace/infra/process/server-process";
import { startNodeService } from "@millrace/infra/process/start-node-service";
import { serviceSpec } from "@millrace/infra/start/service-spec";
import type { NatsAccess } from "@millrace/shared/nats/read-nats-access";
import { migrate } from "@millrace/shared/postgres/migrate";
import { scratchFolder } from "./scratch-folder.ts";
import { startBroker } from "./start-broker.ts";

const stopGraceMs = 10_000;
/** How large the log may grow. */
export const logMebibytes = 2_048;

export type ServiceName = LimitedService;

/** Postgres and NATS as in production, flushing included, and whatever services a suite starts on them. */
export interface BenchStack {
  readonly databaseUrl: string;
  /** How the suite itself comes to the broker. */
  readonly broker: NatsAccess;
  /** Set once sync-api runs. */
  readonly apiUrl: () => string;
  readonly apiKey: string;
  readonly encryptionKeys: string;
  /** Starts one copy of a service. */
  start(name: ServiceName, env?: Readonly<Record<string, string>>): Promise<ServerProcess>;
  /** Starts another Node program beside them, which ends with them, and waits for its line with this `event`. */
  startOther(name: string, entry: string, args: readonly string[], readyEvent: string): Promise<void>;
  /** Processes by what they are: "postgres", "nats", "fetcher" and so on. */
  readonly processes: ReadonlyMap<string, readonly ServerProcess[]>;
  stop(): Promise<void>;
}

/** @param gmailUrl where the services find Gmail */
export async function startBenchStack(
  gmailUrl: string,
  common: Readonly<Record<string, string>> = {},
): Promise<BenchStack> {
  const folder = scratchFolder("stack");
  chmodSync(folder.path, 0o711);
  const processes = new Map<string, ServerProcess[]>();
  const note = (name: string, process: ServerProcess): void => {
    folder.guard(process.pid);
    processes.set(name, [...(processes.get(name) ?? []), process]);
  };
  const runAs = unprivilegedUser();
  const [postgres, nats] = await Promise.all([
    startPostgres({
      binaries: reachablePostgres(packagedPostgres(), runAs),
      dataFolder: join(folder.path, "postgres"),
      logFile: join(folder.path, "postgres.log"),
      password: randomBytes(16).toString("hex"),
      runAs,
      onSpawn: ({ pid }) => folder.guard(pid),
      settings: ["shared_buffers=512MB", "max_wal_size=2GB", "max_connections=300"],
    }),
    startBroker(),
  ]);
  await migrate(postgres.url);
  const serviceUrls = await makeDatabaseUsers(postgres.url);
  processes.set("postgres", [postgres.process]);
  processes.set("nats", [nats.process]);
  const encryptionKeys = `bench:${randomBytes(32).toString("base64")}`;
  const apiKey = `mr_${randomBytes(20).toString("hex")}`;
  let apiUrl = "";
  let started = 0;
  const serviceEnv: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    NATS_URL: nats.url,
    NATS_LOG_MIB: String(logMebibytes),
    BLOB_STORE_DIR: join(folder.path, "blobs"),
    MILLRACE_ENCRYPTION_KEYS: encryptionKeys,
    GMAIL_ROOT_URL: `${gmailUrl}/`,
    GOOGLE_TOKEN_URL: `${gmailUrl}/token`,
    GOOGLE_CLIENT_ID: "bench",
    GOOGLE_CLIENT_SECRET: "bench",
    GMAIL_QUOTA: "off",
    MILLRACE_BOOTSTRAP_TENANT: "bench",
    MILLRACE_BOOTSTRAP_KEY: apiKey,
    ...common,
  };

  return {
    databaseUrl: postgres.url,
    broker: nats.access,
    apiUrl: () => apiUrl,
    apiKey,
    encryptionKeys,
    processes,
    async start(name, env = {}) {
      const port = name === "sync-api" ? { PORT: "0" } : {};
      const users = {
        NATS_NKEY_SEED_FILE: nats.users.seedFile(name),
        DATABASE_URL: serviceUrls[name],
      };
      const all = { ...serviceEnv, ...users, ...port, ...env };
      const { process: service, ready } = await startNodeService({
        ...serviceSpec(name),
        env: all,
        logFile: join(folder.path, `${name}-${started++}.log`),
        onSpawn: (spawned) => note(name, spawned),
      });
      if (typeof ready.url === "string") apiUrl = ready.url;
      return service;
    },
    async startOther(name, entry, args, readyEvent) {
      await startNodeService({
        name,
        entry,
        args,
        env: { PATH: process.env.PATH },
        logFile: join(folder.path, `${name}.log`),
        readyEvent,
        onSpawn: (spawned) => note(name, spawned),
      });
    },
    async stop() {
      const services = [...processes].filter(([name]) => name !== "postgres" && name !== "nats");
      await Promise.all(services.flatMap(([, list]) => list.map((one) => one.stop("SIGTERM", stopGraceMs))));
      await Promise.all([nats.stop(), postgres.stop()]);
      folder.remove();
    },
  };
}
