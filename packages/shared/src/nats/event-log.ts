import { JetStreamApiCodes, JetStreamApiError, type StoredMsg } from "@nats-io/jetstream";
import { headers as createHeaders } from "@nats-io/transport-node";
import { type EventOf, type Fact, type FactOf, factSchema } from "../events/facts.ts";
import {
  type AccountRef,
  anyPageSubject,
  chunkSubject,
  courseSubject,
  factSubject,
} from "../events/subjects.ts";
import type { AppendEffect } from "../runtime/outcome.ts";
import type { Nats } from "./connect-nats.ts";
import { decodeEvent, encodeEvent } from "./event-codec.ts";
import { eventStream } from "./topology.ts";

export type AppendResult =
  | { readonly kind: "appended"; readonly seq: number }
  | { readonly kind: "conflict" };

/** An event with the stream sequence under which the log holds it. */
export interface LoggedEvent<F extends Fact = Fact> {
  readonly seq: number;
  readonly event: EventOf<F>;
}

/** The event log. Everything that reads or appends facts goes through here. */
export class EventLog {
  readonly #nats: Nats;
  readonly #source: string;

  /** @param source the name of the service that appends */
  constructor(nats: Nats, source: string) {
    this.#nats = nats;
    this.#source = source;
  }

  /**
   * Appends one fact; resolves when the log has flushed it. A conflict means that another writer was first.
   * The same event appended twice is not a conflict, whether the server calls it a duplicate or, with one
   * replica, a wrong last sequence.
   */
  async append({ ref, eventId, fact, expectedSeq }: AppendEffect): Promise<AppendResult> {
    factSchema.parse(fact); // the log is for ever: what nobody could read must not get in
    const encoded = encodeEvent(ref, {
      id: eventId,
      time: new Date().toISOString(),
      source: this.#source,
      fact,
    });
    const headers = createHeaders();
    for (const [name, value] of Object.entries(encoded.headers)) headers.set(name, value);
    const subject = factSubject(ref, fact);
    try {
      const ack = await this.#nats.js.publish(subject, encoded.body, {
        headers,
        msgID: eventId,
        expect: {
          streamName: eventStream.name,
          ...(expectedSeq === null ? {} : { lastSubjectSequence: expectedSeq }),
        },
      });
      return { kind: "appended", seq: ack.seq };
    } catch (error) {
      if (!isWrongSequence(error)) throw error;
      const last = await this.#lastMessage(subject);
      return last?.header.get("ce-id") === eventId
        ? { kind: "appended", seq: last.seq }
        : { kind: "conflict" };
    }
  }

  /** The newest fact about an account's syncs, whose `course` is the account's state; null when there is none (any more). */
  async lastCourseFact(ref: AccountRef): Promise<LoggedEvent | null> {
    return this.#last(courseSubject(ref));
  }

  /** The newest fact that settled a chunk of a sync, whose `progress` is the sync's checkpoint. */
  async lastChunkFact(ref: AccountRef, syncId: string): Promise<LoggedEvent<FactOf<"chunk.fetched">> | null> {
    return this.#last(chunkSubject(ref, syncId)) as Promise<LoggedEvent<FactOf<"chunk.fetched">> | null>;
  }

  /** The newest page of a sync's listing. */
  async lastPage(ref: AccountRef, syncId: string): Promise<LoggedEvent<FactOf<"page.listed">> | null> {
    return this.#last(anyPageSubject(ref, syncId)) as Promise<LoggedEvent<FactOf<"page.listed">> | null>;
  }

  /** The newest fact on exactly this subject. */
  async lastOn<F extends Fact>(subject: string): Promise<LoggedEvent<F> | null> {
    return this.#last(subject) as Promise<LoggedEvent<F> | null>;
  }

  async #last(subject: string): Promise<LoggedEvent | null> {
    const message = await this.#lastMessage(subject);
    if (message === null) return null;
    return {
      seq: message.seq,
      event: decodeEvent(message.subject, (name) => message.header.get(name), message.data),
    };
  }

  #lastMessage(subject: string): Promise<StoredMsg | null> {
    return this.#nats.jsm.streams.getMessage(eventStream.name, { last_by_subj: subject });
  }
}

function isWrongSequence(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
      error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown)
  );
}
