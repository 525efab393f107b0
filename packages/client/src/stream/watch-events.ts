import type { QueryOf } from "../http/call-types.ts";
import type { Caller } from "../http/caller.ts";
import { fillPath } from "../http/path.ts";
import type { Event } from "../resources.ts";
import { followEvents, type WatchOptions } from "./follow-events.ts";
import { parseData } from "./parse-data.ts";
import { isNewer } from "./version.ts";

export type EventFilter = QueryOf<"/v1/events/stream">;

/** Before everything that has ever happened. */
const beginning = "0-0";

/** What happens from now on, or after the version `after`, fact by fact, in order and once each. It does not end. */
export async function* watchEvents(
  api: Caller,
  filter: EventFilter,
  options: WatchOptions,
): AsyncGenerator<Event> {
  const path = fillPath("/v1/events/stream", {}, filter);
  let newest = options.after ?? (await findNewest(api, options.signal));
  for await (const message of followEvents(api.connection, path, { ...options, after: newest })) {
    if (message.event !== "fact") continue;
    const event = parseData<Event>(message);
    if (newest !== undefined && !isNewer(event.version, newest)) continue;
    newest = event.version;
    yield event;
  }
}

/**
 * What "now" is: a stream that breaks off before its first fact goes on from here, and not from when it is back. If it
 * cannot be told, the stream tells why, or begins when it is there.
 */
async function findNewest(api: Caller, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    const { items } = await api.list("/v1/events", {}).page({ limit: 1, signal });
    return items[0]?.version ?? beginning;
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
