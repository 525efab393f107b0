import type { Logger } from "./create-logger.ts";

interface CleanUp {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

const deadlineMs = 9_500; // supervisors give ten seconds before they kill

/**
 * Orderly shutdown: clean-ups run once, in reverse order of their registration, within a deadline.
 * Register as soon as a thing exists: pools first, consumers last, so that claiming stops first.
 */
export class Shutdown {
  readonly #cleanUps: CleanUp[] = [];
  readonly #log: Logger;
  readonly #aborter = new AbortController();
  #running: Promise<void> | null = null;

  constructor(log: Logger) {
    this.#log = log;
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
    const timeout = setTimeout(() => {
      this.#log.error({ event: "service.stop_overdue", deadlineMs }, "clean-up took too long, leaving");
      process.exit(1);
    }, deadlineMs);
    for (const cleanUp of this.#cleanUps.reverse()) {
      try {
        await cleanUp.run();
      } catch (error) {
        this.#log.warn({ err: error, cleanUp: cleanUp.name }, "clean-up failed");
      }
    }
    clearTimeout(timeout);
    this.#log.info({ event: "service.stopped" }, "stopped");
  }
}
