import { idleCourse } from "../events/account-course.ts";
import { noProgress } from "../events/chunk-progress.ts";
import {
  type CheckpointFact,
  type CourseFact,
  type EventOf,
  type Fact,
  type FactOf,
  factSchema,
} from "../events/facts.ts";
import { anyPageSubject, chunkSubject, courseSubject, factSubject } from "../events/subjects.ts";
import { fetchItemSchema, listingItemSchema, workKey } from "../events/work-item.ts";
import { encodeEvent } from "../nats/event-codec.ts";
import type { AppendEffect, EnqueueEffect } from "../runtime/outcome.ts";
import type { DeliveryPorts } from "../runtime/process-delivery.ts";
import type { Delivery, StepContext } from "../runtime/step.ts";
import type { SyncState, WorkQueue } from "../state/sync-state.ts";
import { at, moment, ref } from "./given.ts";
import { silentLogger } from "./silent-logger.ts";

/** The log and the work queue of one account, in memory: enough to run a step over facts that were given. */
export interface MemoryLog extends DeliveryPorts {
  readonly state: SyncState;
  readonly queue: WorkQueue;
  /** Facts in the order of the log. */
  readonly facts: readonly Fact[];
  /** What was put on the queue, and taken by nobody. */
  readonly work: EnqueueEffect[];
  /** Appends a fact whatever is there. */
  append(fact: Fact, eventId?: string): EventOf;
}

interface Entry {
  readonly seq: number;
  readonly subject: string;
  readonly event: EventOf;
}

export function memoryLog(...given: readonly Fact[]): MemoryLog {
  const entries: Entry[] = [];
  const work: EnqueueEffect[] = [];
  /** @param subject a whole one, or one that ends in `.*` */
  const last = <F extends Fact>(subject: string): { fact: F | null; seq: number } => {
    const prefix = subject.endsWith(".*") ? subject.slice(0, -1) : null;
    const entry = entries.findLast((one) =>
      prefix === null ? one.subject === subject : one.subject.startsWith(prefix),
    );
    return { fact: (entry?.event.fact ?? null) as F | null, seq: entry?.seq ?? 0 };
  };
  const pagesOf = (syncId: string): FactOf<"page.listed">[] =>
    entries.flatMap(({ event: { fact } }) =>
      fact.type === "page.listed" && fact.syncId === syncId ? [fact] : [],
    );
  const append = (fact: Fact, id = `given.${entries.length}`): EventOf => {
    const event = { ...ref, id, time: at, source: "test", fact };
    entries.push({ seq: entries.length + 1, subject: factSubject(ref, fact), event });
    return event;
  };
  const tryAppend = ({ fact, eventId, expectedSeq, expectedOn }: AppendEffect): "published" | "conflict" => {
    factSchema.parse(fact);
    if (entries.some(({ event }) => event.id === eventId)) return "published";
    if (expectedSeq !== null && last(expectedOn ?? factSubject(ref, fact)).seq !== expectedSeq)
      return "conflict";
    append(fact, eventId);
    return "published";
  };
  for (const fact of given) append(fact);
  return {
    work,
    append,
    get facts() {
      return entries.map(({ event }) => event.fact);
    },
    state: {
      course: async () => {
        const { fact, seq } = last<CourseFact>(courseSubject(ref));
        return { course: fact?.course ?? idleCourse, seq };
      },
      newestPage: async (_ref, syncId) => pagesOf(syncId).at(-1) ?? null,
      newestPageAt: async (_ref, syncId) => ({
        page: pagesOf(syncId).at(-1) ?? null,
        seq: last(anyPageSubject(ref, syncId)).seq,
      }),
      page: async (_ref, syncId, pageNumber) =>
        pagesOf(syncId).find((page) => page.pageNumber === pageNumber) ?? null,
      progress: async (_ref, syncId) => {
        const { fact, seq } = last<CheckpointFact>(chunkSubject(ref, syncId));
        return { progress: fact?.progress ?? noProgress, seq };
      },
      toldProgress: async () => noProgress,
      hasRunBefore: async (_ref, syncId) => pagesOf(syncId).length > 0,
    },
    queue: {
      keysOf: async (_ref, syncId) =>
        new Set(work.filter(({ item }) => item.syncId === syncId).map(({ item }) => workKey(item))),
    },
    publish: async (effect) => {
      if (effect.kind === "append") return tryAppend(effect);
      if (effect.kind === "turn") throw new Error("No endpoint is told here");
      (effect.lane === "list" ? listingItemSchema : fetchItemSchema).parse(effect.item);
      work.push(effect);
      return "published";
    },
    moment: () => moment,
    afterConflict: async () => {},
  };
}

/** A message as a consumer gets it. */
export const deliveryOf = (subject: string, body: unknown, more: Partial<Delivery> = {}): Delivery => ({
  subject,
  header: () => "",
  body: new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)),
  seq: 1,
  deliveryCount: 1,
  storedAtMs: moment.nowMs,
  ...more,
});

/** A fact of the log as a consumer gets it. */
export function eventDelivery(event: EventOf, more: Partial<Delivery> = {}): Delivery {
  const { headers, body } = encodeEvent(event, event);
  const header = (name: string): string => headers[name] ?? "";
  return deliveryOf(factSubject(event, event.fact), body, { header, ...more });
}

/** Waits for nothing. */
export const givenContext = (more: Partial<StepContext> = {}): StepContext => ({
  log: silentLogger,
  signal: new AbortController().signal,
  progressed: () => {},
  sleep: async () => {},
  random: () => 0.5,
  ...more,
});
