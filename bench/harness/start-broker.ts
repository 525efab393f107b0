import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveNatsServer } from "@millrace/infra/nats/resolve-nats-server";
import { startNatsServer } from "@millrace/infra/nats/start-nats-server";
import type { ServerProcess } from "@millrace/infra/process/server-process";
import { startWatchdog } from "@millrace/infra/process/watchdog";

export interface Broker {
  readonly url: string;
  readonly process: ServerProcess;
  stop(): Promise<void>;
}

/** A nats-server as in production, flushing included, and nothing else. */
export async function startBroker(): Promise<Broker> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-nats-"));
  const watchdog = startWatchdog("KILL", [folder]);
  const { file } = await resolveNatsServer({ say: (line) => process.stderr.write(`${line}\n`) });
  const server = await startNatsServer({
    file,
    folder,
    logFile: join(folder, "nats.log"),
    onSpawn: ({ pid }) => watchdog.guard(pid),
  });
  return {
    url: server.url,
    process: server.process,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      watchdog.dismiss();
    },
  };
}
