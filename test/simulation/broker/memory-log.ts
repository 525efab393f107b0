import type { CheckpointFact, CourseFact, Fact, FactOf } from "@millrace/shared/events/facts";
import {
  type AccountRef,
  anyPageSubject,
  chunkSubject,
  courseSubject,
  factSubject,
  pageSubject,
} from "@millrace/shared/events/subjects";
import { encodeEvent } from "@millrace/shared/nats/event-codec";
import type { AppendResult, EventLog, Tail } from "@millrace/shared/nats/event-log";
import type { AppendEffect } from "@millrace/shared/runtime/outcome";
import type { Scheduler } from "../engine/scheduler.ts";
import type { SimulatedProcess } from "../engine/simulated-process.ts";
import type { Mutations } from "../mutations.ts";
import type { MemoryBroker } from "./memory-broker.ts";

/** What steps and services use of the event log. */
export type LogPort = Pick<
  EventLog,
  "append" | "lastCourseFact" | "lastCheckpoint" | "lastPage" | "readPage"
>;

/**
 * The event log as a process reaches it: the rules of `EventLog` over the broker in memory. Each read of it and each
 * publication takes effect by itself.
 */
export function openMemoryLog(
  broker: MemoryBroker,
  scheduler: Scheduler,
  process: SimulatedProcess,
  { append: mutated = (effect) => effect }: Mutations,
): LogPort {
  const { events } = broker;
  const tail = async <F extends Fact>(what: string, subject: string): Promise<Tail<F>> => {
    const last = await broker.call(process, what, () => events.last(subject));
    return { seq: last?.seq ?? 0, fact: last === null ? null : (last.json as F) };
  };
  return {
    append: (effect) => append(broker, scheduler, process, mutated(effect)),
    lastCourseFact: (ref) => tail<CourseFact>("reads the course", courseSubject(ref)),
    lastCheckpoint: (ref, syncId) => tail<CheckpointFact>("reads the checkpoint", chunkSubject(ref, syncId)),
    lastPage: (ref, syncId) =>
      tail<FactOf<"page.listed">>("reads the newest page", anyPageSubject(ref, syncId)),
    readPage: async (ref: AccountRef, syncId: string, pageNumber: number) =>
      (await tail<FactOf<"page.listed">>(`reads page ${pageNumber}`, pageSubject(ref, syncId, pageNumber)))
        .fact,
  };
}

/** The same event appended twice is not a conflict: what `EventLog.append` says. */
async function append(
  broker: MemoryBroker,
  scheduler: Scheduler,
  process: SimulatedProcess,
  { ref, eventId, fact, expectedSeq, expectedOn }: AppendEffect,
): Promise<AppendResult> {
  const subject = factSubject(ref, fact);
  const time = new Date(scheduler.nowMs).toISOString();
  const { headers, body } = encodeEvent(ref, { id: eventId, time, source: process.name, fact });
  const what = `appends ${fact.type}`;
  const publication = { subject, headers, body, messageId: eventId, expectedSeq, expectedOn };
  const result = await broker.publish(process, what, broker.events, publication);
  if (result.kind === "stored") return { kind: "appended", seq: result.message.seq };
  if (result.kind === "duplicate") return { kind: "appended", seq: result.seq };
  const last = await broker.call(process, "reads what is last", () => broker.events.last(subject));
  return last?.headers["ce-id"] === eventId ? { kind: "appended", seq: last.seq } : { kind: "conflict" };
}
