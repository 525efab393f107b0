import { join } from "node:path";
import { resolveNatsServer } from "@millrace/infra/nats/resolve-nats-server";
import { startNatsServer } from "@millrace/infra/nats/start-nats-server";
import type { ServerProcess } from "@millrace/infra/process/server-process";
import { scratchFolder } from "./scratch-folder.ts";

export interface Broker {
  readonly url: string;
  readonly process: ServerProcess;
  stop(): Promise<void>;
}

/** A nats-server as in production, flushing included, and nothing else. */
export async function startBroker(): Promise<Broker> {
  const folder = scratchFolder("nats");
  const { file } = await resolveNatsServer({ say: (line) => process.stderr.write(`${line}\n`) });
  const server = await startNatsServer({
    file,
    folder: folder.path,
    logFile: join(folder.path, "nats.log"),
    onSpawn: ({ pid }) => folder.guard(pid),
  });
  return {
    url: server.url,
    process: server.process,
    stop: async () => {
      await server.stop();
      folder.remove();
    },
  };
}
