import { setTimeout as sleep } from "node:timers/promises";
import type { Exit, ServerProcess } from "./server-process.ts";

export interface SupervisedSpec<T extends { readonly process: ServerProcess }> {
  readonly name: string;
  /** Starts the server; settles when it is ready. Called again after each death. */
  start(): Promise<T>;
  /** Hears of every process that ended without being asked, and of starts that failed. */
  onTrouble(trouble: Trouble): void;
  /** Hears that it runs again. */
  onRecovered(name: string): void;
  /** Ends the supervision; the server itself is left to whoever stops it. */
  readonly signal: AbortSignal;
  readonly backoff?: { readonly firstMs: number; readonly maxMs: number; readonly stableMs: number };
}

export interface Trouble {
  readonly name: string;
  /** How the process ended, or why it could not be started again. */
  readonly exit: Exit | Error;
  readonly logFile: string;
  readonly retryInMs: number;
}

const usualBackoff = { firstMs: 1_000, maxMs: 30_000, stableMs: 60_000 };

/**
 * Keeps a server running: one that ends without being asked is started again, after a delay that doubles with
 * every death and is forgotten once the server has run for a while.
 *
 * @returns what the first start returned.
 * @throws whatever the first start throws: what never ran is a mistake to tell, not one to repeat.
 */
export async function supervise<T extends { readonly process: ServerProcess }>(
  spec: SupervisedSpec<T>,
): Promise<T> {
  const first = await spec.start();
  void keepRunning(spec, first);
  return first;
}

async function keepRunning<T extends { readonly process: ServerProcess }>(
  spec: SupervisedSpec<T>,
  first: T,
): Promise<void> {
  const { firstMs, maxMs, stableMs } = spec.backoff ?? usualBackoff;
  let server = first;
  let delayMs = firstMs;
  while (!spec.signal.aborted) {
    const since = Date.now();
    let exit: Exit | Error = await server.process.exited;
    if (Date.now() - since >= stableMs) delayMs = firstMs;
    for (;;) {
      if (spec.signal.aborted) return;
      spec.onTrouble({ name: spec.name, exit, logFile: server.process.logFile, retryInMs: delayMs });
      await sleep(delayMs, undefined, { signal: spec.signal }).catch(() => undefined);
      delayMs = Math.min(maxMs, delayMs * 2);
      if (spec.signal.aborted) return;
      try {
        server = await spec.start();
        spec.onRecovered(spec.name);
        break;
      } catch (error) {
        exit = error instanceof Error ? error : new Error(String(error));
      }
    }
  }
}
