import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { type RunningNats, startNatsServer } from "../nats/start-nats-server.ts";
import { startWatchdog } from "../process/watchdog.ts";
import type {} from "./test-backends.ts";

export interface TestNats {
  readonly url: string;
  readonly storeDir: string;
  /** Stops the server in order (when it runs) and starts it again on the same port with the same store. */
  restart(): Promise<void>;
  /** `kill -9`: no orderly shutdown. `restart` brings it back. */
  kill(): Promise<void>;
  /** Removes the store of a server that does not run: it comes back with nothing. */
  forget(): Promise<void>;
  /** Stops the server and removes its store. */
  stop(): Promise<void>;
}

/**
 * A nats-server of its own for one test file, with its own JetStream store, on a free port of the loopback
 * interface. It and its store vanish with `stop`, and also when the test process dies without calling it.
 *
 * @throws Error in the vitest project `unit`; of the others the set-up finds the program.
 */
export async function startTestNats(): Promise<TestNats> {
  const { natsServerFile } = inject("millraceTestBackends");
  const folder = mkdtempSync(join(tmpdir(), "millrace-nats-"));
  const watchdog = startWatchdog("KILL", [folder]);
  const start = async (port?: number): Promise<RunningNats> => {
    const started = await startNatsServer({
      file: natsServerFile,
      folder,
      logFile: join(folder, "nats.log"),
      ...(port ? { port } : {}),
    });
    watchdog.guard(started.process.pid);
    return started;
  };
  let running = await start().catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    watchdog.dismiss();
    throw error;
  });
  return {
    url: running.url,
    storeDir: join(folder, "store"),
    restart: async () => {
      await running.stop();
      running = await start(running.port);
    },
    kill: async () => void (await running.process.stop("SIGKILL", 0)),
    forget: async () => rmSync(join(folder, "store"), { recursive: true, force: true }),
    stop: async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
      watchdog.dismiss();
    },
  };
}
