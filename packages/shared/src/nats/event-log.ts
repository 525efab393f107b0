import type { StoredMsg } from "@nats-io/jetstream";
import type { SpanContext } from "@opentelemetry/api";
import {
  type CheckpointFact,
  type CourseFact,
  type EventOf,
  type Fact,
  type FactOf,
  factSchema,
} from "../events/facts.ts";
import {
  type AccountRef,
  anyPageSubject,
  chunkSubject,
  courseSubject,
  factSubject,
  noteSubject,
  pageSubject,
} from "../events/subjects.ts";
import type { Logger } from "../runtime/create-logger.ts";
import type { AppendEffect } from "../runtime/outcome.ts";
import { countFact } from "../telemetry/metrics/fact-metrics.ts";
import { linkToSync, markFact } from "../telemetry/sync-trace.ts";
import { withSpan } from "../telemetry/with-span.ts";
import { currentLabels, labelsOfFact, withLabels } from "../telemetry/work-labels.ts";
import type { Nats } from "./connect-nats.ts";
import { decodeEvent, type EncodedEvent, encodeEvent, UnreadableEventError } from "./event-codec.ts";
import { isWrongSequence } from "./is-wrong-sequence.ts";
import { logFact } from "./log-fact.ts";
import { publishAttributes, publishName, tracedHeaders } from "./publish-traced.ts";
import { eventStream } from "./topology.ts";

export type AppendResult =
  | { readonly kind: "appended"; readonly seq: number }
  | { readonly kind: "conflict" };

/** The same event may be in the log already. */
type Appending = AppendResult & { readonly isNew: boolean };

/** An event with the stream sequence under which the log holds it. */
export interface LoggedEvent {
  readonly seq: number;
  readonly event: EventOf;
  /** The trace in which it came about, if it was traced. */
  readonly cause?: SpanContext | undefined;
}

/** The end of a subject. */
export interface Tail<F extends Fact = Fact> {
  /** Sequence of the last message, whatever it holds; 0 when there is none. This is what an append expects. */
  readonly seq: number;
  /** The newest fact; null when there is none. */
  readonly fact: F | null;
}

/** How far back a readable fact is looked for, behind messages that somebody else put there. */
const strangersMax = 10_000;

/** The event log. Everything that reads or appends facts goes through here. */
export class EventLog {
  readonly #nats: Nats;
  readonly #source: string;
  readonly #log: Logger | null;
  readonly #nowMs: () => number;

  /**
   * @param source the name of the service that appends
   * @param log where each new fact is told of
   * @param nowMs the time that facts bear
   */
  constructor(nats: Nats, source: string, log: Logger | null = null, nowMs: () => number = Date.now) {
    this.#nats = nats;
    this.#source = source;
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /**
   * Appends one fact; resolves when the log has flushed it. A conflict means that another writer was first.
   * The same event appended twice is not a conflict, whether the server calls it a duplicate or, with one
   * replica, a wrong last sequence.
   */
  append(effect: AppendEffect): Promise<AppendResult> {
    const { ref, fact } = effect;
    const labels = {
      "tenant.id": ref.tenantId,
      "account.id": ref.accountId,
      ...labelsOfFact(fact),
    };
    const subject = factSubject(ref, fact);
    const attributes = { ...publishAttributes(subject), "millrace.fact": fact.type };
    const isOther = currentLabels()["sync.id"] !== labels["sync.id"];
    return withLabels(labels, () =>
      withSpan(publishName(subject), { kind: "producer", attributes }, async (span) => {
        if (isOther) linkToSync(span, labels["sync.id"]);
        const { isNew, ...result } = await this.#append(subject, effect);
        span.setAttribute("millrace.append", result.kind);
        if (!isNew) return result;
        countFact(fact);
        markFact(ref, fact);
        if (this.#log !== null) logFact(this.#log, ref, fact);
        return result;
      }),
    );
  }

  async #append(
    subject: string,
    { ref, eventId, fact, expectedSeq, expectedOn }: AppendEffect,
  ): Promise<Appending> {
    factSchema.parse(fact); // the log is for ever: what nobody could read must not get in
    const encoded = encodeEvent(ref, {
      id: eventId,
      time: new Date(this.#nowMs()).toISOString(),
      source: this.#source,
      fact,
    });
    const first = await this.#publish(subject, encoded, expectedSeq, expectedOn);
    if (first.kind === "appended") return first;
    const last = await this.#lastMessage(subject);
    if (last === null) return first;
    if (last.header.get("ce-id") === eventId) return { kind: "appended", seq: last.seq, isNew: false };
    // What is no fact does not take the place of one: the first fact comes behind it.
    if (expectedSeq === 0 && expectedOn === undefined && (await this.#tail(subject, isAny)).fact === null) {
      return this.#publish(subject, encoded, last.seq);
    }
    return first;
  }

  async #publish(
    subject: string,
    encoded: EncodedEvent,
    expectedSeq: number | null,
    expectedOn?: string,
  ): Promise<Appending> {
    try {
      const ack = await this.#nats.js.publish(subject, encoded.body, {
        headers: tracedHeaders(encoded.headers),
        msgID: encoded.headers["ce-id"] ?? "",
        expect: {
          streamName: eventStream.name,
          ...(expectedSeq === null ? {} : { lastSubjectSequence: expectedSeq }),
          ...(expectedOn === undefined ? {} : { lastSubjectSequenceSubject: expectedOn }),
        },
      });
      return { kind: "appended", seq: ack.seq, isNew: !ack.duplicate };
    } catch (error) {
      if (isWrongSequence(error)) return { kind: "conflict", isNew: false };
      throw error;
    }
  }

  /** The newest fact about an account's syncs: its `course` is the account's state. */
  async lastCourseFact(ref: AccountRef): Promise<Tail<CourseFact>> {
    return this.#tail(courseSubject(ref), (fact): fact is CourseFact => "course" in fact);
  }

  /** The newest fact that settled a chunk or a dead letter of a sync: its `progress` is the sync's checkpoint. */
  async lastCheckpoint(ref: AccountRef, syncId: string): Promise<Tail<CheckpointFact>> {
    return this.#tail(chunkSubject(ref, syncId), (fact): fact is CheckpointFact => "progress" in fact);
  }

  /** The newest page of a sync's listing. */
  async lastPage(ref: AccountRef, syncId: string): Promise<Tail<FactOf<"page.listed">>> {
    return this.#tail(anyPageSubject(ref, syncId), isPage);
  }

  /** One page of a sync's listing. */
  async readPage(ref: AccountRef, syncId: string, pageNumber: number): Promise<FactOf<"page.listed"> | null> {
    return (await this.#tail(pageSubject(ref, syncId, pageNumber), isPage)).fact;
  }

  /** The id of the event that the log holds at a sequence; null when there is none (any more). */
  async eventIdAt(seq: number): Promise<string | null> {
    const message = await this.#nats.jsm.streams.getMessage(eventStream.name, { seq });
    return message?.header.get("ce-id") || null;
  }

  /** The newest note of an account. */
  async lastNote(ref: AccountRef): Promise<Tail> {
    return this.#tail(noteSubject(ref), isAny);
  }

  /** The end of a subject; a message there that is no fact of its kind must not stop the account for ever. */
  async #tail<F extends Fact>(subject: string, isExpected: (fact: Fact) => fact is F): Promise<Tail<F>> {
    const last = await this.#lastMessage(subject);
    if (last === null) return { seq: 0, fact: null };
    const fact = readFact(last, isExpected);
    return { seq: last.seq, fact: fact ?? (await this.#newestBefore(last.seq, subject, isExpected)) };
  }

  async #newestBefore<F extends Fact>(
    seq: number,
    subject: string,
    isExpected: (fact: Fact) => fact is F,
  ): Promise<F | null> {
    let newest: F | null = null;
    let next = 1;
    for (let read = 0; read < strangersMax; read++) {
      // The server knows `next_by_subj` here as well; the client's type names it for direct reads only.
      const query = { seq: next, next_by_subj: subject };
      const message = await this.#nats.jsm.streams.getMessage(eventStream.name, query);
      if (message === null || message.seq >= seq) break;
      newest = readFact(message, isExpected) ?? newest;
      next = message.seq + 1;
    }
    return newest;
  }

  #lastMessage(subject: string): Promise<StoredMsg | null> {
    return this.#nats.jsm.streams.getMessage(eventStream.name, { last_by_subj: subject });
  }
}

const isAny = (_fact: Fact): _fact is Fact => true;
const isPage = (fact: Fact): fact is FactOf<"page.listed"> => fact.type === "page.listed";

function readFact<F extends Fact>(message: StoredMsg, isExpected: (fact: Fact) => fact is F): F | null {
  try {
    const { fact } = decodeEvent(message.subject, (name) => message.header.get(name), message.data);
    return isExpected(fact) ? fact : null;
  } catch (error) {
    if (error instanceof UnreadableEventError) return null;
    throw error;
  }
}
