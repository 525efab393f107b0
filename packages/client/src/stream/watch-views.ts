import type { Connection } from "../http/exchange.ts";
import { fillPath } from "../http/path.ts";
import type { Overview } from "../resources.ts";
import { followEvents, type WatchOptions } from "./follow-events.ts";

/** `states`: a letter a chunk, by index, in the place of all that was known; `changed`: those that may have changed. */
export interface ChunkNews {
  readonly version: string;
  readonly states?: string;
  readonly changed?: readonly (readonly [index: number, letter: string])[];
}

/** How things are, then each change of it. It does not end. */
export const watchOverview = (connection: Connection, options: WatchOptions): AsyncGenerator<Overview> =>
  parsedEvents(connection, "/v1/overview/stream", "overview", options);

/** The states of a sync's chunks, until it has ended. */
export const watchChunks = (
  connection: Connection,
  id: string,
  options: WatchOptions,
): AsyncGenerator<ChunkNews> =>
  parsedEvents(connection, fillPath("/v1/syncs/{id}/chunks/stream", { id }), "chunks", options);

async function* parsedEvents<T>(
  connection: Connection,
  path: string,
  name: string,
  options: WatchOptions,
): AsyncGenerator<T> {
  for await (const { event, data } of followEvents(connection, path, options))
    if (event === name) yield JSON.parse(data) as T;
}
