import { logSize, readLogFrom } from "./read-log.ts";
import { describeExit, type ServerProcess, startServerProcess } from "./server-process.ts";
import { waitFor } from "./wait-for.ts";

export interface NodeServiceSpec {
  readonly name: string;
  /** Absolute path of its main file. */
  readonly entry: string;
  readonly args?: readonly string[];
  /** Options of Node itself. */
  readonly nodeArgs?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** The `event` of the log line that says it is ready. */
  readonly readyEvent: string;
  readonly onSpawn?: ((process: ServerProcess) => void) | undefined;
}

export interface NodeService {
  readonly process: ServerProcess;
  /** The log line that said it is ready. */
  readonly ready: Readonly<Record<string, unknown>>;
}

const readyTimeoutMs = 60_000;
const stopGraceMs = 2_000;

/**
 * Starts a Node process and waits until its log says that it is ready.
 *
 * @throws Error with the end of its log when it ends or stays silent instead.
 */
export async function startNodeService(spec: NodeServiceSpec): Promise<NodeService> {
  const before = logSize(spec.logFile);
  const server = await startServerProcess({
    command: process.execPath,
    args: [...(spec.nodeArgs ?? []), spec.entry, ...(spec.args ?? [])],
    // Where Node keeps what it has compiled, if anywhere: it finds there what another process has left.
    env: { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...spec.env },
    logFile: spec.logFile,
    onSpawn: spec.onSpawn,
  });
  const ready = await waitFor(
    () =>
      findLogEvent(readLogFrom(spec.logFile, before), spec.readyEvent) ?? (server.exit() ? null : undefined),
    { timeoutMs: readyTimeoutMs, intervalMs: 25 },
  );
  if (ready) return { process: server, ready };
  const silent = server.exit() === null;
  const exit = await server.stop("SIGTERM", stopGraceMs);
  const why = silent ? `was not ready within ${readyTimeoutMs / 1_000} s and ` : "";
  throw new Error(`${spec.name} did not start: it ${why}${describeExit(exit, spec.logFile)}`);
}

/** The last JSON line of a log with the given `event`; undefined when there is none. */
export function findLogEvent(log: string, event: string): Record<string, unknown> | undefined {
  for (const line of log.split("\n").reverse()) {
    if (!line.includes(event)) continue;
    try {
      const parsed = JSON.parse(line) as Record<string, unknown>;
      if (parsed.event === event) return parsed;
    } catch {
      // Half a line, or no JSON.
    }
  }
  return undefined;
}
