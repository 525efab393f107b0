import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "./create-logger.ts";

interface CleanUp {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

interface ShutdownLimits {
  readonly deadlineMs: number;
  /** What one clean-up may take. */
  readonly cleanUpMsMax: number;
}

const usualLimits: ShutdownLimits = {
  deadlineMs: 9_500, // supervisors give ten seconds before they kill
  cleanUpMsMax: 7_500,
};
/** Kept for each clean-up that is still to come, and for the end. */
const reserveMs = 300;

/**
 * Orderly shutdown: clean-ups run once, in reverse order of their registration, within a deadline. One that does not
 * come to its end, because what it waits for is away, is left behind.
 * Register as soon as a thing exists: pools first, consumers last, so that claiming stops first.
 */
export class Shutdown {
  readonly #cleanUps: CleanUp[] = [];
  readonly #log: Logger;
  readonly #limits: ShutdownLimits;
  readonly #aborter = new AbortController();
  #running: Promise<void> | null = null;

  constructor(log: Logger, limits: ShutdownLimits = usualLimits) {
    this.#log = log;
    this.#limits = limits;
  }

  /** Aborted when shutdown begins. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  onShutdown(name: string, run: CleanUp["run"]): void {
    this.#cleanUps.push({ name, run });
  }

  /** Runs the clean-ups; a second call returns the first one's promise. */
  run(why: string): Promise<void> {
    this.#running ??= this.#runAll(why);
    return this.#running;
  }

  /** Ends the process in order on SIGTERM and SIGINT, and after a failure that nobody caught. */
  installSignalHandlers(): void {
    const end = (why: string, exitCode: number): void => {
      void this.run(why).then(() => process.exit(exitCode));
    };
    process.on("SIGTERM", () => end("SIGTERM", 0));
    process.on("SIGINT", () => end("SIGINT", 0));
    process.on("uncaughtException", (error) => {
      this.#log.fatal({ err: error }, "uncaught exception");
      end("uncaught exception", 1);
    });
    process.on("unhandledRejection", (error) => {
      this.#log.fatal({ err: error }, "unhandled rejection");
      end("unhandled rejection", 1);
    });
  }

  async #runAll(why: string): Promise<void> {
    this.#log.info({ event: "service.stopping", why }, "stopping");
    this.#aborter.abort();
    const { deadlineMs } = this.#limits;
    const backstop = setTimeout(() => {
      this.#log.error({ event: "service.stop_overdue", deadlineMs }, "clean-up took too long, leaving");
      process.exit(1);
    }, deadlineMs);
    const endsAtMs = Date.now() + deadlineMs - reserveMs;
    const cleanUps = this.#cleanUps.toReversed();
    for (const [at, cleanUp] of cleanUps.entries()) {
      const leftMs = endsAtMs - Date.now() - reserveMs * (cleanUps.length - 1 - at);
      await this.#runOne(cleanUp, Math.max(0, Math.min(leftMs, this.#limits.cleanUpMsMax)));
    }
    clearTimeout(backstop);
    this.#log.info({ event: "service.stopped" }, "stopped");
  }

  /** What waits for a server that is away is not waited for: the others have to have their turn. */
  async #runOne({ name, run }: CleanUp, msMax: number): Promise<void> {
    const done = Promise.resolve()
      .then(run)
      .catch((error: unknown) => this.#log.warn({ err: error, cleanUp: name }, "clean-up failed"));
    const enough = new AbortController();
    const overdue = sleep(msMax, "overdue", { signal: enough.signal }).catch(() => undefined);
    if ((await Promise.race([done, overdue])) === "overdue") {
      this.#log.warn({ cleanUp: name, msMax }, "clean-up takes too long, going on without it");
    }
    enough.abort();
  }
}
