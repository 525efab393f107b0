import type { Connection } from "../http/exchange.ts";
import { fillPath } from "../http/path.ts";
import { followEvents, type WatchOptions } from "./follow-events.ts";
import { parseData } from "./parse-data.ts";
import { isNewer } from "./version.ts";

/** l listed, o outstanding, f outstanding after an attempt that failed, s settled, d set aside. */
export type ChunkState = "l" | "o" | "f" | "s" | "d";

/** `states` has a letter a chunk, by index from 0, and takes the place of all that was known. */
export interface AllChunks {
  readonly version: string;
  readonly from: 0;
  readonly states: string;
  readonly changed?: never;
}

/** Chunks that may have changed, new ones as well. */
export interface ChangedChunks {
  readonly version: string;
  readonly changed: readonly (readonly [index: number, state: ChunkState])[];
  readonly states?: never;
}

/** All of a sync's chunks first, then those that change, until it has ended. */
export async function* watchChunks(
  connection: Connection,
  id: string,
  options: WatchOptions,
): AsyncGenerator<AllChunks | ChangedChunks> {
  const path = fillPath("/v1/syncs/{id}/chunks/stream", { id });
  let newest = options.after ?? undefined;
  for await (const message of followEvents(connection, path, options)) {
    if (message.event !== "chunks") continue;
    const chunks = parseData<AllChunks | ChangedChunks>(message);
    // One version may come in several parts.
    if (newest !== undefined && isNewer(newest, chunks.version)) continue;
    newest = chunks.version;
    yield chunks;
  }
}
