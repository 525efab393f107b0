import { type EventOf, type Fact, factSchema } from "../events/facts.ts";
import { type AccountRef, parseAccountRef } from "../events/subjects.ts";

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
      "content-type": "application/json",
    },
    body: JSON.stringify(event.fact),
  };
}

/**
 * @param header reads one header; "" when absent
 * @throws {UnreadableEventError}
 */
export function decodeEvent(subject: string, header: (name: string) => string, body: Uint8Array): EventOf {
  const ref = parseAccountRef(subject);
  if (ref === null) throw new UnreadableEventError(subject);
  return {
    id: header("ce-id"),
    tenantId: ref.tenantId,
    accountId: ref.accountId,
    time: header("ce-time"),
    source: header("ce-source").replace("/millrace/", ""),
    fact: decodeFact(subject, body),
  };
}

function decodeFact(subject: string, body: Uint8Array): Fact {
  try {
    return factSchema.parse(JSON.parse(new TextDecoder().decode(body)));
  } catch (error) {
    throw new UnreadableEventError(subject, { cause: error });
  }
}
