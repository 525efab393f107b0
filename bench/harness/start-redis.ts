import { spawnSync } from "node:child_process";
import { createConnection } from "node:net";
import { join } from "node:path";
import { freePort } from "@millrace/infra/process/free-port";
import { startServerProcess } from "@millrace/infra/process/server-process";
import { scratchFolder } from "./scratch-folder.ts";
import { until } from "./until.ts";

export interface Redis {
  readonly url: string;
  stop(): Promise<void>;
}

const program = "redis-server";

/** A Redis that appends to a file and flushes it every second, as is advised for queues; null when there is no Redis here. */
export async function startRedis(): Promise<Redis | null> {
  if (spawnSync(program, ["--version"]).status !== 0) return null;
  const folder = scratchFolder("redis");
  const port = await freePort();
  const server = await startServerProcess({
    command: program,
    args: ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder.path, "--appendonly", "yes"],
    logFile: join(folder.path, "redis.log"),
    onSpawn: ({ pid }) => folder.guard(pid),
  });
  await until(() => answers(port), 20, 10_000);
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      await server.stop("SIGTERM", 5_000);
      folder.remove();
    },
  };
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
