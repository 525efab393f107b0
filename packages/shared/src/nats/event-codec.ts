import { z } from "zod";
import { dataschemaOf, parseDataschema } from "../events/dataschema.ts";
import type { EventOf, Fact } from "../events/facts.ts";
import { readFact } from "../events/read-fact.ts";
import { type AccountRef, parseAccountRef } from "../events/subjects.ts";
import { assertNotNewer, type FactVersion } from "../events/upcast-fact.ts";
import { storableText } from "../mail/storable-text.ts";

/** CloudEvents 1.0, binary mode: attributes in headers, the fact as JSON in the body. */
export interface EncodedEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A message on the log that is not an event of this vocabulary. */
export class UnreadableEventError extends Error {
  readonly code = "event_unreadable";
  constructor(subject: string, options?: ErrorOptions) {
    super(`The message on ${subject} is not an event that this version knows`, options);
    this.name = "UnreadableEventError";
  }
}

export function encodeEvent(ref: AccountRef, event: Omit<EventOf, "tenantId" | "accountId">): EncodedEvent {
  return {
    headers: {
      "ce-specversion": "1.0",
      "ce-id": event.id,
      "ce-type": event.fact.type,
      "ce-source": `/millrace/${event.source}`,
      "ce-subject": `${ref.tenantId}/${ref.accountId}`,
      "ce-time": event.time,
      "ce-dataschema": dataschemaOf(event.fact.type),
      "content-type": "application/json",
    },
    body: JSON.stringify(event.fact),
  };
}

const attributesSchema = z.object({ id: z.string().min(1).max(1024), time: z.iso.datetime() });

/**
 * @param header reads one header; "" when absent
 * @throws {UnreadableEventError}
 * @throws {NewerFactError} when the event is one of a newer version's: it must be left for that, and never passed over
 */
export function decodeEvent(subject: string, header: (name: string) => string, body: Uint8Array): EventOf {
  const ref = parseAccountRef(subject);
  const attributes = attributesSchema.safeParse({ id: header("ce-id"), time: header("ce-time") });
  if (ref === null || !attributes.success)
    throw new UnreadableEventError(subject, { cause: attributes.error });
  return {
    id: attributes.data.id,
    tenantId: ref.tenantId,
    accountId: ref.accountId,
    time: attributes.data.time,
    source: header("ce-source").replace("/millrace/", ""),
    fact: decodeFact(subject, versionOf(subject, header), body),
  };
}

/**
 * In which version of which type the event is written, by its header alone; null for one of the time before there were
 * versions.
 *
 * @throws {UnreadableEventError}
 * @throws {NewerFactError}
 */
export function versionOf(subject: string, header: (name: string) => string): FactVersion | null {
  const dataschema = header("ce-dataschema");
  if (dataschema === "") return null;
  const written = parseDataschema(dataschema);
  if (written === null) throw new UnreadableEventError(subject);
  assertNotNewer(written);
  return written;
}

function decodeFact(subject: string, written: FactVersion | null, body: Uint8Array): Fact {
  try {
    const fact = readFact(parseStorable(new TextDecoder().decode(body)), written?.version ?? 1);
    if (written !== null && fact.type !== written.type)
      throw new Error(`It is called ${written.type}, and holds ${fact.type}`);
    return fact;
  } catch (error) {
    throw new UnreadableEventError(subject, { cause: error });
  }
}

/** JSON whose strings Postgres can store: what others put into a request must not stop the projection. */
function parseStorable(json: string): unknown {
  if (!json.includes("\\u")) return JSON.parse(json); // a NUL or a lone surrogate can only stand there escaped
  return JSON.parse(json, (_key, value: unknown) =>
    typeof value === "string" ? storableText(value) : value,
  );
}
