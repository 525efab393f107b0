import { headers as createHeaders } from "@nats-io/transport-node";
import type { AccountRef } from "../events/subjects.ts";
import { courseSubject } from "../events/subjects.ts";
import type { Nats } from "../nats/connect-nats.ts";

/** Appends an event of an account's course that only the version after this one reads. */
export async function publishNewer(
  { js }: Nats,
  ref: AccountRef,
  eventId: string,
  { type = "sync.started", version = 99 } = {},
): Promise<void> {
  const headers = createHeaders();
  const attributes = {
    specversion: "1.0",
    id: eventId,
    type,
    time: new Date().toISOString(),
    source: "/millrace/newer",
    dataschema: `urn:millrace:fact:${type}:${version}`,
  };
  for (const [name, value] of Object.entries(attributes)) headers.set(`ce-${name}`, value);
  await js.publish(courseSubject(ref), JSON.stringify({ type, what: "only it knows" }), { headers });
}
