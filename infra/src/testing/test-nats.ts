import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outsider } from "@millrace/shared/nats/permissions";
import { type BrokerUsers, prepareBrokerUsers } from "../nats/broker-users.ts";
import type { NatsSpec } from "../nats/start-nats-server.ts";
import { startWatchdog } from "../process/watchdog.ts";
import { recordLog } from "./record-log.ts";
import { startTestBroker } from "./start-test-broker.ts";
import type { TestBroker } from "./test-broker.ts";

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

/** A broker with users and permissions as they are shipped. */
export interface GuardedNats extends TestNats {
  readonly users: BrokerUsers;
  /** Makes it read its accounts and users again. */
  reload(): Promise<void>;
}

export interface Guard {
  readonly outsiders?: readonly Outsider[];
  readonly tls?: NatsSpec["tls"];
}

/**
 * A nats-server of its own for one test file, with its own JetStream store, on a free port of the loopback
 * interface, which lets everybody do everything. It and its store vanish with `stop`, and also when the test process
 * dies without calling it.
 *
 * @throws Error in the vitest project `unit`; of the others the set-up finds the program.
 */
export async function startTestNats(): Promise<TestNats> {
  const { nats } = await start(makeFolder(), {});
  const file = process.env.RECORD_EVENTS;
  if (file !== undefined) await recordLog(nats.url, file);
  return nats;
}

/** The same, with users and permissions. */
export async function startGuardedNats({ outsiders = [], tls }: Guard = {}): Promise<GuardedNats> {
  const folder = makeFolder();
  const users = prepareBrokerUsers(join(folder, "users"), { outsiders: () => outsiders });
  const { nats, reload } = await start(folder, { accountsFile: users.accountsFile, tls });
  return { ...nats, users, reload };
}

const makeFolder = (): string => mkdtempSync(join(tmpdir(), "millrace-nats-"));

async function start(
  folder: string,
  guard: Pick<NatsSpec, "accountsFile" | "tls">,
): Promise<{ readonly nats: TestNats; readonly reload: () => Promise<void> }> {
  const watchdog = startWatchdog("KILL", [folder]);
  const run = (port?: number): Promise<TestBroker> =>
    startTestBroker({ ...guard, folder, ...(port ? { port } : {}) }, watchdog.guard);
  let running = await run().catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    watchdog.dismiss();
    throw error;
  });
  const nats: TestNats = {
    url: running.url,
    storeDir: join(folder, "store"),
    restart: async () => {
      await running.stop();
      running = await run(running.port);
    },
    kill: () => running.kill(),
    forget: async () => rmSync(join(folder, "store"), { recursive: true, force: true }),
    stop: async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
      watchdog.dismiss();
    },
  };
  return { nats, reload: () => running.reload() };
}
