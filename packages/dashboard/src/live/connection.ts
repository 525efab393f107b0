import type { StreamState } from "@millrace/client";
import { useSyncExternalStore } from "react";
import { type Connection, ConnectionWatch } from "./connection-watch.ts";

const watch = new ConnectionWatch();

export const useConnection = (): Connection => useSyncExternalStore(watch.subscribe, watch.current);

/** @param stream whichever object stands for it, the same from its beginning to its end */
export const noteStream = (stream: object, state: StreamState): void => watch.noteStream(stream, state);
export const forgetStream = (stream: object): void => watch.forgetStream(stream);

const gateways = new Set([502, 503, 504]);

/** `fetch`, which notes whether there is an answer. */
export async function watchedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  try {
    const response = await fetch(input, init);
    watch.noteRequest(!gateways.has(response.status));
    return response;
  } catch (error) {
    if (init?.signal?.aborted !== true) watch.noteRequest(false);
    throw error;
  }
}
