import type { StreamState } from "@millrace/client";
import { useSyncExternalStore } from "react";

/** live: the newest request or stream went well; lost: the server cannot be reached, or its streams break off. */
export type Connection = "live" | "lost";

/** A stream that is opened again within so long has lost nothing worth a word. */
const graceMs = 1_500;

const listeners = new Set<() => void>();
let current: Connection = "live";
let losing: ReturnType<typeof setTimeout> | undefined;

function set(next: Connection): void {
  clearTimeout(losing);
  losing = undefined;
  if (current === next) return;
  current = next;
  for (const listener of listeners) listener();
}

function lose(): void {
  losing ??= setTimeout(() => set("lost"), graceMs);
}

export const useConnection = (): Connection =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );

/** A server that ends streams in order (their lifetime is over, it restarts) answers again in a moment. */
export function noteStream({ kind }: StreamState): void {
  if (kind === "open") set("live");
  else lose();
}

const gateways = new Set([502, 503, 504]);

/** `fetch`, which notes whether there is an answer. */
export async function watchedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  try {
    const response = await fetch(input, init);
    if (gateways.has(response.status)) lose();
    else set("live");
    return response;
  } catch (error) {
    if (init?.signal?.aborted !== true) lose();
    throw error;
  }
}
