import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../process/free-port.ts";
import { logSize, readLogFrom } from "../process/read-log.ts";
import { describeExit, type ServerProcess, startServerProcess } from "../process/server-process.ts";
import { waitFor } from "../process/wait-for.ts";
import { type ClusterNode, clusterConfigurationFile, clusterEnvironment } from "./cluster-node.ts";

export interface NatsSpec {
  /** The nats-server program. */
  readonly file: string;
  /** Holds the configuration (nats.conf) and the JetStream store; made when absent. */
  readonly folder: string;
  readonly logFile: string;
  /** A port that must be used (a server that comes back where its clients look for it); else a free one. */
  readonly port?: number;
  /** A file with accounts and users; without it everybody may do everything. */
  readonly accountsFile?: string | undefined;
  /** Files in PEM. Clients have to prove themselves with a certificate when there is one that signs theirs. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string } | undefined;
  /** It is one of several nodes; without it, it is alone. */
  readonly cluster?: ClusterNode | undefined;
  /** Hears of each process the moment it runs. */
  readonly onSpawn?: ((process: ServerProcess) => void) | undefined;
}

export interface RunningNats {
  /** Without a user. */
  readonly url: string;
  readonly port: number;
  readonly process: ServerProcess;
  /** Has it read its configuration again; resolves when it has. */
  reload(): Promise<void>;
  /** An orderly shutdown. */
  stop(): Promise<void>;
}

const portTries = 5;
const portRetryMs = 200;
const startTimeoutMs = 30_000;
const stopGraceMs = 15_000;

/**
 * The configuration of a development server. `sync_interval: always` is Millrace's rule for every server: the
 * default acknowledges a message up to two minutes before it is flushed.
 */
export function natsConfiguration(
  { host = "127.0.0.1", port }: { readonly host?: string; readonly port: number },
  { folder, accountsFile, tls, cluster }: Pick<NatsSpec, "folder" | "accountsFile" | "tls" | "cluster">,
): string {
  return `# Written at every start; changes here are lost.
host: "${host}"
port: ${port}
${cluster === undefined ? aloneBlock(folder) : `include ${JSON.stringify(relative(folder, clusterConfigurationFile))}\n`}${tls === undefined ? "" : tlsBlock(tls)}${accountsFile === undefined ? "" : guardedBlock(folder, accountsFile)}`;
}

function aloneBlock(folder: string): string {
  return `server_name: "millrace-dev"
jetstream {
  store_dir: ${JSON.stringify(storeIn(folder))}
  sync_interval: always
  # The streams have limits of their own. Without this line a disk with little free space refuses to make them.
  max_file_store: 64GB
}
`;
}

const storeIn = (folder: string): string => join(folder, "store");

function tlsBlock({ cert, key, clientCa }: NonNullable<NatsSpec["tls"]>): string {
  const clients = clientCa === undefined ? "" : `\n  ca_file: ${JSON.stringify(clientCa)}\n  verify: true`;
  return `tls {
  cert_file: ${JSON.stringify(cert)}
  key_file: ${JSON.stringify(key)}${clients}
}
`;
}

/** Included files stand relative to the configuration. A busy machine may need long to sign the server's nonce. */
function guardedBlock(folder: string, accountsFile: string): string {
  return `authorization { timeout: 10 }
include ${JSON.stringify(relative(folder, accountsFile))}
`;
}

/**
 * Starts nats-server with JetStream on the loopback interface and waits until it takes clients.
 *
 * @throws Error with the end of the log when it does not come up.
 */
export async function startNatsServer(spec: NatsSpec): Promise<RunningNats> {
  mkdirSync(spec.folder, { recursive: true });
  const configFile = join(spec.folder, "nats.conf");
  for (let attempt = 1; ; attempt += 1) {
    const port = spec.port ?? (await freePort());
    writeFileSync(configFile, natsConfiguration({ port }, spec));
    const before = logSize(spec.logFile);
    const server = await startServerProcess({
      command: spec.file,
      args: ["--config", configFile],
      ...(spec.cluster === undefined ? {} : { env: clusterEnvironment(spec.cluster, storeIn(spec.folder)) }),
      cwd: "/",
      logFile: spec.logFile,
      onSpawn: spec.onSpawn,
    });
    const sinceStart = () => readLogFrom(spec.logFile, before);
    const ready = await waitFor(
      () => (sinceStart().includes("Server is ready") ? true : server.exit() ? false : undefined),
      { timeoutMs: startTimeoutMs },
    );
    if (ready) {
      return {
        url: `${spec.tls === undefined ? "nats" : "tls"}://127.0.0.1:${port}`,
        port,
        process: server,
        reload: () => reload(server, spec.logFile),
        stop: async () => void (await server.stop("SIGTERM", stopGraceMs)),
      };
    }
    const exit = await server.stop("SIGTERM", 2_000);
    const portTaken = sinceStart().includes("address already in use");
    if (!portTaken || attempt >= portTries) {
      throw new Error(`nats-server did not start: it ${describeExit(exit, spec.logFile)}`);
    }
    await sleep(portRetryMs);
  }
}

/** @throws Error with the end of the log when the server does not take the configuration */
async function reload(server: ServerProcess, logFile: string): Promise<void> {
  const before = logSize(logFile);
  server.signal("SIGHUP");
  const isTaken = await waitFor(
    () => {
      const said = readLogFrom(logFile, before);
      if (said.includes("Reloaded server configuration")) return true;
      return said.includes("Failed to reload") ? false : undefined;
    },
    { timeoutMs: startTimeoutMs },
  );
  if (!isTaken)
    throw new Error(`nats-server did not take its configuration:\n${readLogFrom(logFile, before)}`);
}
