import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type BrokerUsers, prepareBrokerUsers } from "@millrace/infra/nats/broker-users";
import { resolveNatsServer } from "@millrace/infra/nats/resolve-nats-server";
import { type NatsSpec, type RunningNats, startNatsServer } from "@millrace/infra/nats/start-nats-server";
import type { ChaosFolder } from "./chaos-folder.ts";
import { Mutex } from "./mutex.ts";
import { reservePort } from "./reserve-port.ts";

const startTries = 40;
const retryMs = 500;

/** Another service, which asks for syncs of all tenants. */
export const asker = "asker";

/** A nats-server that can be taken away and comes back on the same port, with its store or without it. */
export class NatsBroker {
  readonly port: number;
  readonly url: string;
  readonly users: BrokerUsers;
  readonly #spec: NatsSpec;
  readonly #lock = new Mutex();
  #running: RunningNats | null = null;

  private constructor(port: number, users: BrokerUsers, spec: NatsSpec) {
    this.port = port;
    this.users = users;
    this.url = `nats://127.0.0.1:${port}`;
    this.#spec = spec;
  }

  static async start(
    folder: ChaosFolder,
    tenantIds: ReadonlySet<string>,
    say: (line: string) => void,
  ): Promise<NatsBroker> {
    const { file } = await resolveNatsServer({ say });
    const port = await reservePort();
    const users = prepareBrokerUsers(join(folder.path, "nats-users"), {
      outsiders: () => [{ name: asker, asks: [...tenantIds], follows: [] }],
    });
    const broker = new NatsBroker(port, users, {
      file,
      accountsFile: users.accountsFile,
      folder: folder.natsDisk.folder,
      logFile: join(folder.logs, "nats.log"),
      port,
      onSpawn: (process) => folder.guard(process),
    });
    await broker.#start();
    return broker;
  }

  kill(): Promise<void> {
    return this.#lock.run(async () => void (await this.#running?.process.stop("SIGKILL", 0)));
  }

  /** In order. */
  stop(): Promise<void> {
    return this.#lock.run(async () => void (await this.#running?.stop()));
  }

  /** Kills it and removes all that it had. */
  wipe(): Promise<void> {
    return this.#lock.run(async () => {
      await this.#running?.process.stop("SIGKILL", 0);
      rmSync(join(this.#spec.folder, "store"), { recursive: true, force: true, maxRetries: 5 });
    });
  }

  /** Starts it unless it runs. */
  ensureRunning(): Promise<void> {
    return this.#lock.run(() => this.#start());
  }

  async #start(): Promise<void> {
    for (let tries = 1; this.#running === null || this.#running.process.exit() !== null; tries++) {
      try {
        this.#running = await startNatsServer(this.#spec);
      } catch (error) {
        if (tries >= startTries) throw error;
        await sleep(retryMs);
      }
    }
  }
}
