import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../process/free-port.ts";
import { logSize, readLogFrom } from "../process/read-log.ts";
import { describeExit, type ServerProcess, startServerProcess } from "../process/server-process.ts";
import { waitFor } from "../process/wait-for.ts";
import { initCluster, postgresEnv, postgresUser } from "./init-cluster.ts";
import type { PostgresSpec } from "./postgres-spec.ts";

export interface RunningPostgres {
  readonly url: string;
  readonly port: number;
  readonly process: ServerProcess;
  /** A fast shutdown: sessions are ended, the data is written. */
  stop(): Promise<void>;
}

const portTries = 5;
const portRetryMs = 200;
const startTimeoutMs = 60_000;
const stopGraceMs = 20_000;

/** The URL of a database of the server. */
export function postgresUrl(port: number, password: string, database: string): string {
  return `postgres://${postgresUser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

/**
 * Starts Postgres on a free port of the loopback interface, after `initdb` when the data folder is new.
 *
 * @throws Error with the end of the log when it does not come up, and with what to do when the data folder was
 *   made by another major version.
 */
export async function startPostgres(spec: PostgresSpec): Promise<RunningPostgres> {
  checkDataVersion(spec);
  if (!existsSync(join(spec.dataFolder, "PG_VERSION"))) await initCluster(spec);
  for (let attempt = 1; ; attempt += 1) {
    const port = spec.port ?? (await freePort());
    const before = logSize(spec.logFile);
    const server = await startServerProcess({
      command: join(spec.binaries.folder, "bin/postgres"),
      args: ["-D", spec.dataFolder, "-p", String(port), ...settings(spec)],
      env: postgresEnv(),
      cwd: "/",
      runAs: spec.runAs,
      logFile: spec.logFile,
      onSpawn: spec.onSpawn,
    });
    const ready = await waitFor(() => (server.exit() ? false : isReady(spec.dataFolder, server.pid)), {
      timeoutMs: startTimeoutMs,
    });
    if (ready) {
      return {
        url: postgresUrl(port, spec.password, "postgres"),
        port,
        process: server,
        stop: async () => void (await server.stop("SIGINT", stopGraceMs)),
      };
    }
    const exit = await server.stop("SIGQUIT", 5_000);
    const portTaken = readLogFrom(spec.logFile, before).includes("could not bind IPv4");
    if (!portTaken || attempt >= portTries) {
      throw new Error(`Postgres did not start: it ${describeExit(exit, spec.logFile)}`);
    }
    await sleep(portRetryMs);
  }
}

function checkDataVersion(spec: PostgresSpec): void {
  const file = join(spec.dataFolder, "PG_VERSION");
  if (!existsSync(file)) return;
  const found = readFileSync(file, "utf8").trim();
  const [expected] = spec.binaries.version.split(".");
  if (found !== expected) {
    throw new Error(
      `The data in ${spec.dataFolder} was made by Postgres ${found}, and this checkout brings ${expected}. ` +
        "Start over with `npm run reset`, or export it with the former version first.",
    );
  }
}

function settings(spec: PostgresSpec): string[] {
  const chosen = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "logging_collector=off",
    "log_timezone=UTC",
    "timezone=UTC",
    "max_connections=200",
    ...(spec.unsafe ? ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] : []),
    ...(spec.settings ?? []),
  ];
  return chosen.flatMap((setting) => ["-c", setting]);
}

/** A standby that answers reads says so by a word of its own. */
const readyStates: ReadonlySet<string | undefined> = new Set(["ready", "standby"]);

/** The server writes its pid and, on line 8, its state into postmaster.pid: what pg_ctl waits for too. */
function isReady(dataFolder: string, pid: number): true | undefined {
  try {
    const lines = readFileSync(join(dataFolder, "postmaster.pid"), "utf8").split("\n");
    return Number(lines[0]) === pid && readyStates.has(lines[7]?.trim()) ? true : undefined;
  } catch {
    return undefined;
  }
}
