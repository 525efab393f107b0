import type { QueryOf } from "../http/call-types.ts";
import type { Connection } from "../http/exchange.ts";
import { fillPath } from "../http/path.ts";
import { MillraceError } from "../millrace-error.ts";
import type { Event } from "../resources.ts";
import { followEvents, type WatchOptions } from "./follow-events.ts";
import { isNewer } from "./version.ts";

/** What is watched: all of the tenant's facts, or those of an account, of a sync, of a type. */
export type EventFilter = QueryOf<"/v1/events/stream">;

/** Facts as they are projected, each once and in order: from now on, or from `after` on. It does not end. */
export async function* watchEvents(
  connection: Connection,
  filter: EventFilter,
  options: WatchOptions,
): AsyncGenerator<Event> {
  let before = options.after;
  const path = fillPath("/v1/events/stream", {}, filter);
  for await (const { event, data } of followEvents(connection, path, options)) {
    if (event !== "fact") continue;
    const fact = parseFact(data);
    if (before !== undefined && !isNewer(fact.version, before)) continue;
    before = fact.version;
    yield fact;
  }
}

function parseFact(data: string): Event {
  try {
    return JSON.parse(data) as Event;
  } catch (cause) {
    throw new MillraceError({
      code: "unreadable",
      detail: "The stream sends a fact that is not JSON.",
      cause,
    });
  }
}
