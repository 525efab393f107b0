import type { Connection } from "../http/exchange.ts";
import type { Overview } from "../resources.ts";
import { followEvents, type WatchOptions } from "./follow-events.ts";
import { parseData } from "./parse-data.ts";

/** How things are: at once, whenever something has changed, and every few seconds. It does not end. */
export async function* watchOverview(
  connection: Connection,
  options: Omit<WatchOptions, "after">,
): AsyncGenerator<Overview> {
  for await (const message of followEvents(connection, "/v1/overview/stream", options))
    if (message.event === "overview") yield parseData<Overview>(message);
}
