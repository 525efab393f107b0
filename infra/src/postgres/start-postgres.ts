import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../process/free-port.ts";
import { logSize, readLogFrom } from "../process/read-log.ts";
import type { RunAs } from "../process/run-as.ts";
import { describeExit, type ServerProcess, startServerProcess } from "../process/server-process.ts";
import { waitFor } from "../process/wait-for.ts";
import type { PostgresBinaries } from "./postgres-binaries.ts";

export interface PostgresSpec {
  readonly binaries: PostgresBinaries;
  /** The data folder; made (mode 0700, owned by `runAs`) when absent. `runAs` must be able to enter its parent. */
  readonly dataFolder: string;
  readonly logFile: string;
  readonly password: string;
  readonly runAs: RunAs | null;
  /** A port that must be used (a server that comes back where its clients look for it); else a free one. */
  readonly port?: number;
  /** Hears of each process the moment it runs. */
  readonly onSpawn?: ((process: ServerProcess) => void) | undefined;
  /** Further `name=value` settings. */
  readonly settings?: readonly string[];
  /** For throwaway data: nothing is flushed to disk. */
  readonly unsafe?: boolean;
}

export interface RunningPostgres {
  readonly url: string;
  readonly port: number;
  readonly process: ServerProcess;
  /** A fast shutdown: sessions are ended, the data is written. */
  stop(): Promise<void>;
}

export const postgresUser = "millrace";
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
  if (!existsSync(join(spec.dataFolder, "PG_VERSION"))) await initialise(spec);
  for (let attempt = 1; ; attempt += 1) {
    const port = spec.port ?? (await freePort());
    const before = logSize(spec.logFile);
    const server = await startServerProcess({
      command: join(spec.binaries.folder, "bin/postgres"),
      args: ["-D", spec.dataFolder, "-p", String(port), ...settings(spec)],
      env: serverEnv(),
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

async function initialise(spec: PostgresSpec): Promise<void> {
  // A folder without PG_VERSION is what an interrupted initdb left, and initdb wants an empty one.
  rmSync(spec.dataFolder, { recursive: true, force: true });
  mkdirSync(spec.dataFolder, { recursive: true, mode: 0o700 });
  const passwordFile = `${spec.dataFolder}.password`;
  writeFileSync(passwordFile, `${spec.password}\n`, { mode: 0o600 });
  try {
    if (spec.runAs) {
      for (const path of [spec.dataFolder, passwordFile]) chownSync(path, spec.runAs.uid, spec.runAs.gid);
    }
    const initdb = await startServerProcess({
      command: join(spec.binaries.folder, "bin/initdb"),
      args: [
        `--pgdata=${spec.dataFolder}`,
        `--username=${postgresUser}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        // The builtin provider knows Unicode case and depends on no library of the machine.
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        ...(spec.unsafe ? ["--no-sync"] : []),
      ],
      env: serverEnv(),
      cwd: "/",
      runAs: spec.runAs,
      logFile: spec.logFile,
      onSpawn: spec.onSpawn,
    });
    const exit = await initdb.exited;
    if (exit.code !== 0) throw new Error(`initdb failed: it ${describeExit(exit, spec.logFile)}`);
  } catch (error) {
    rmSync(spec.dataFolder, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(passwordFile, { force: true });
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

/** Postgres takes its settings from PG* variables too: none of the person's own must reach it. */
function serverEnv(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}

/** The server writes its pid and, on line 8, its state into postmaster.pid: what pg_ctl waits for too. */
function isReady(dataFolder: string, pid: number): true | undefined {
  try {
    const lines = readFileSync(join(dataFolder, "postmaster.pid"), "utf8").split("\n");
    return Number(lines[0]) === pid && lines[7]?.trim() === "ready" ? true : undefined;
  } catch {
    return undefined;
  }
}
