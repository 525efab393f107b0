import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type NatsSpec, type RunningNats, startNatsServer } from "@millrace/infra/nats/start-nats-server";
import { Mutex } from "./mutex.ts";

const startTries = 40;
const retryMs = 500;
/** Lame duck: half a minute to send clients away, and what a shutdown takes. */
const lameDuckMs = 60_000;

/** One nats-server process that can be taken away and comes back on the same port, with its store or without it. */
export class SupervisedNats {
  readonly port: number;
  readonly #spec: NatsSpec;
  readonly #lock = new Mutex();
  #running: RunningNats | null = null;

  constructor(port: number, spec: Omit<NatsSpec, "port">) {
    this.port = port;
    this.#spec = { ...spec, port };
  }

  kill(): Promise<void> {
    return this.#lock.run(async () => void (await this.#running?.process.stop("SIGKILL", 0)));
  }

  /** In order. */
  stop(): Promise<void> {
    return this.#lock.run(async () => void (await this.#running?.stop()));
  }

  /** It hands its leaderships over, sends its clients away, and ends. */
  retire(): Promise<void> {
    return this.#lock.run(async () => void (await this.#running?.process.stop("SIGUSR2", lameDuckMs)));
  }

  /** SIGSTOP, until `thaw`. */
  freeze(): void {
    this.#running?.process.signal("SIGSTOP");
  }

  thaw(): void {
    this.#running?.process.signal("SIGCONT");
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
