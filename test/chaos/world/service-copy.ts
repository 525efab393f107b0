import { setTimeout as sleep } from "node:timers/promises";
import { heapFlags } from "@millrace/infra/process/heap-flags";
import { logSize, readLogFrom } from "@millrace/infra/process/read-log";
import { type Exit, type ServerProcess, startServerProcess } from "@millrace/infra/process/server-process";
import { findLogEvent } from "@millrace/infra/process/start-node-service";
import { waitFor } from "@millrace/infra/process/wait-for";
import type { CopyPlan, ServiceName } from "../plan/fleet-shape.ts";
import { Mutex } from "./mutex.ts";

export interface CopySpec extends CopyPlan {
  /** Absolute path of its main file. */
  readonly entry: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  readonly onSpawn: (process: ServerProcess) => void;
  /** It ended although nobody asked it to; it is started again, as a supervisor would. */
  readonly onUnexpectedExit: (copy: ServiceCopy, exit: Exit) => void;
}

/** What a supervisor waits before it starts a service again. */
const restartMs = 1_000;
/** A service that has not become ready by then is not waited for any more. */
const readyMaxMs = 10 * 60_000;
export const stopGraceMs = 10_000;

/** One process of a service, supervised: it is started again whenever it ends by itself. */
export class ServiceCopy {
  readonly name: string;
  readonly service: ServiceName;
  readonly logFile: string;
  readonly #spec: CopySpec;
  readonly #lock = new Mutex();
  #process: ServerProcess | null = null;
  #isWanted = false;
  #isReady = false;

  constructor(spec: CopySpec) {
    this.name = spec.name;
    this.service = spec.service;
    this.logFile = spec.logFile;
    this.#spec = spec;
  }

  /** One fault at a time has a process in its hands. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#lock.run(work);
  }

  async start(): Promise<void> {
    this.#isWanted = true;
    await this.#spawn();
  }

  /** Whether it has said that it is ready, or does so within a time. */
  async isReady(timeoutMs: number): Promise<boolean> {
    const ready = await waitFor(() => this.#isReady || undefined, { timeoutMs, intervalMs: 50 });
    return ready === true;
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    this.#isWanted = false;
    await this.#process?.stop("SIGKILL", 0);
  }

  /** SIGTERM. @returns how it ended, and how long it took */
  async stop(): Promise<{ readonly exit: Exit; readonly tookMs: number }> {
    this.#isWanted = false;
    const began = performance.now();
    const exit = (await this.#process?.stop("SIGTERM", stopGraceMs)) ?? { code: 0, signal: null };
    return { exit, tookMs: Math.round(performance.now() - began) };
  }

  /** SIGSTOP, until `thaw`. */
  freeze(): void {
    this.#process?.signal("SIGSTOP");
  }

  thaw(): void {
    this.#process?.signal("SIGCONT");
  }

  async #spawn(): Promise<void> {
    if (!this.#isWanted || (this.#process !== null && this.#process.exit() === null)) return;
    this.#isReady = false;
    const logStart = logSize(this.logFile);
    const { entry, env, logFile, onSpawn } = this.#spec;
    const started = await startServerProcess({
      command: process.execPath,
      args: [...heapFlags(this.service), entry],
      env,
      logFile,
      onSpawn,
    });
    this.#process = started;
    void started.exited.then((exit) => this.#ended(started, exit));
    void this.#awaitReady(started, logStart);
  }

  /** Its log says it once, near its beginning. */
  async #awaitReady(started: ServerProcess, logStart: number): Promise<void> {
    const ready = await waitFor(
      () => {
        if (started.exit() !== null) return false;
        return findLogEvent(readLogFrom(this.logFile, logStart), "service.ready") === undefined
          ? undefined
          : true;
      },
      { timeoutMs: readyMaxMs, intervalMs: 100 },
    );
    if (started === this.#process) this.#isReady = ready === true;
  }

  async #ended(ended: ServerProcess, exit: Exit): Promise<void> {
    if (!this.#isWanted || ended !== this.#process) return;
    this.#spec.onUnexpectedExit(this, exit);
    await sleep(restartMs);
    await this.#spawn();
  }
}
