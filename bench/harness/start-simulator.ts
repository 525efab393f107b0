import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startNodeService } from "@millrace/infra/process/start-node-service";
import { scratchFolder } from "./scratch-folder.ts";

const entry = fileURLToPath(new URL("../../packages/gmail-simulator/src/main.ts", import.meta.url));

export interface Simulator {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Gmail as a process of its own, so that what it costs is told apart. */
export async function startSimulator(args: readonly string[] = []): Promise<Simulator> {
  const folder = scratchFolder("gmail");
  const { process: simulator, ready } = await startNodeService({
    name: "gmail-simulator",
    entry,
    args: ["--quotas", "off", ...args],
    env: { PATH: process.env.PATH },
    logFile: join(folder.path, "gmail.log"),
    readyEvent: "simulator.ready",
    onSpawn: ({ pid }) => folder.guard(pid),
  });
  return {
    url: String(ready.url),
    pid: simulator.pid,
    stop: async () => {
      await simulator.stop("SIGTERM", 3_000);
      folder.remove();
    },
  };
}
