import type { Connection } from "../http/exchange.ts";
import { fillPath } from "../http/path.ts";
import type { Sync } from "../resources.ts";
import { followEvents, type WatchOptions } from "./follow-events.ts";
import { parseData } from "./parse-data.ts";
import { isNewer } from "./version.ts";

/** More syncs than a stream tells of at once. */
const rememberedMax = 10_000;

/** One sync's states until it has ended. None is older than the one before, whoever has told it. */
export function watchSync(connection: Connection, id: string, options: WatchOptions): AsyncGenerator<Sync> {
  return newerSyncs(connection, fillPath("/v1/syncs/{id}/stream", { id }), options);
}

/** What runs or has just ended, then each change. It does not end. */
export function watchSyncs(connection: Connection, options: WatchOptions): AsyncGenerator<Sync> {
  return newerSyncs(connection, "/v1/stream", options);
}

async function* newerSyncs(
  connection: Connection,
  path: string,
  options: WatchOptions,
): AsyncGenerator<Sync> {
  const versions = new Map<string, string>();
  for await (const message of followEvents(connection, path, options)) {
    if (message.event !== "sync") continue;
    const sync = parseData<Sync>(message);
    const before = versions.get(sync.id) ?? options.after ?? undefined;
    if (before !== undefined && !isNewer(sync.version, before)) continue;
    versions.delete(sync.id);
    versions.set(sync.id, sync.version);
    if (versions.size > rememberedMax) forgetOldest(versions);
    yield sync;
  }
}

function forgetOldest(versions: Map<string, string>): void {
  const [oldest] = versions.keys();
  if (oldest !== undefined) versions.delete(oldest);
}
