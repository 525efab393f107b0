import { setTimeout as sleep } from "node:timers/promises";
import type { Pool, PoolClient } from "@millrace/shared/postgres/create-pool";
import { backoffMs } from "@millrace/shared/runtime/backoff";
import type { Logger } from "@millrace/shared/runtime/create-logger";

export interface ListenOptions {
  readonly pool: Pool;
  readonly log: Logger;
  readonly channel: string;
  /** Notifications come from now on; what happened before, since they last came, is not told. */
  readonly onListening: () => void;
  readonly onNotification: (payload: string) => void;
}

const retryBackoff = { baseMs: 100, capMs: 5_000 };
/** A connection that vanished without a word is noticed after this and one answer's time. */
const pingIntervalMs = 15_000;
const pingMsMax = 5_000;

/** Holds one connection that listens to a channel, and opens it again for as long as it takes. */
export function listen(options: ListenOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = run(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function run(options: ListenOptions, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await listenOnce(options, signal, () => {
        failures = 0;
      });
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      options.log.warn({ err: error, failures }, "cannot listen to progress, trying again");
      await sleep(backoffMs(failures, Math.random(), retryBackoff), undefined, { signal }).catch(() => {});
    }
  }
}

/** Resolves when told to stop; throws when the connection is lost. */
async function listenOnce(
  options: ListenOptions,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const client = await options.pool.connect();
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  const fail = (error?: Error): void => lost.reject(error ?? new Error("The connection was closed"));
  const tell = ({ payload }: { payload?: string | undefined }): void => options.onNotification(payload ?? "");
  client.on("error", fail);
  client.on("end", fail);
  client.on("notification", tell);
  try {
    await Promise.race([client.query(`listen ${options.channel}`), lost.promise]);
    onProgress();
    options.onListening();
    await Promise.race([pingUntil(client, signal), lost.promise]);
  } finally {
    client.off("notification", tell);
    client.off("end", fail);
    client.release(true); // it listens: nobody else may get it
  }
}

async function pingUntil(client: PoolClient, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(pingIntervalMs, undefined, { signal }).catch(() => {});
    if (!signal.aborted) await ping(client);
  }
}

async function ping(client: PoolClient): Promise<void> {
  const timeout = new AbortController();
  const overdue = sleep(pingMsMax, undefined, { signal: timeout.signal }).then(() => {
    throw new Error(`No answer for ${pingMsMax} ms`);
  });
  overdue.catch(() => {});
  try {
    await Promise.race([client.query("select 1"), overdue]);
  } finally {
    timeout.abort();
  }
}
