import {
  type AccountRef,
  anyLaterSubject,
  laterSubject,
  workSubject,
} from "@millrace/shared/events/subjects";
import { type WorkItem, workKey } from "@millrace/shared/events/work-item";
import type { EnqueueEffect } from "@millrace/shared/runtime/outcome";
import type { WorkQueue } from "@millrace/shared/state/sync-state";
import type { Scheduler } from "../engine/scheduler.ts";
import type { SimulatedProcess } from "../engine/simulated-process.ts";
import type { MemoryBroker } from "./memory-broker.ts";
import type { StoredMessage } from "./memory-stream.ts";

/** The work queue as a process reaches it: subject by subject, so that work may move meanwhile. */
export function openMemoryQueue(broker: MemoryBroker, process: SimulatedProcess): WorkQueue {
  return {
    async keysOf(ref, syncId) {
      const keys = new Set<string>();
      const subjects = [
        anyLaterSubject(ref, syncId),
        ...(["live", "bulk", "list"] as const).map((lane) => workSubject(lane, ref, syncId)),
      ];
      for (const subject of subjects) {
        const items = await broker.call(process, "reads the queue", () => itemsOn(broker, subject));
        for (const item of items) keys.add(workKey(item));
      }
      return keys;
    },
  };
}

/** @param subject a whole one, or one that ends in `.*` */
export function itemsOn({ work }: MemoryBroker, subject: string): WorkItem[] {
  const prefix = subject.endsWith("*") ? subject.slice(0, -1) : null;
  const messages = [...work.messages.values()].filter((message) =>
    prefix === null ? message.subject === subject : message.subject.startsWith(prefix),
  );
  return messages.map(({ json }) => json as WorkItem);
}

/** What is on the queue of a sync right now. */
export function queuedItems(broker: MemoryBroker, ref: AccountRef, syncId: string): WorkItem[] {
  return [
    ...itemsOn(broker, anyLaterSubject(ref, syncId)),
    ...(["live", "bulk", "list"] as const).flatMap((lane) => itemsOn(broker, workSubject(lane, ref, syncId))),
  ];
}

/** Puts work on the queue, or lets it wait there until it is due: what `publishWork` says. */
export async function publishToQueue(
  broker: MemoryBroker,
  scheduler: Scheduler,
  process: SimulatedProcess,
  { ref, lane, item, dedupeId, dueAtMs }: EnqueueEffect,
): Promise<void> {
  const { work } = broker;
  const target = workSubject(lane, ref, item.syncId);
  const body = JSON.stringify(item);
  const what = `puts ${workKey(item)} on the queue`;
  if (dueAtMs === null || dueAtMs <= scheduler.nowMs) {
    await broker.publish(process, what, work, { subject: target, body, messageId: dedupeId });
    return;
  }
  const subject = laterSubject(ref, item);
  const store = (): void => {
    const older = [...work.messages.values()].filter((message) => message.subject === subject);
    const result = broker.store(work, { subject, body, messageId: dedupeId });
    if (result.kind !== "stored") return;
    for (const { seq } of older) work.delete(seq); // the newest takes its place
    release(broker, scheduler, result.message, target, dueAtMs);
  };
  await broker.callUnsurely(process, `${what}, for later`, store);
}

/** Scheduled messages move to their lane when they are due, as soon as the broker runs. */
function release(
  broker: MemoryBroker,
  scheduler: Scheduler,
  message: StoredMessage,
  target: string,
  dueAtMs: number,
): void {
  scheduler.at(dueAtMs, null, () => {
    if (broker.work.messages.get(message.seq) !== message) return;
    if (broker.isDown) return release(broker, scheduler, message, target, scheduler.nowMs + 1_000);
    broker.work.delete(message.seq);
    broker.store(broker.work, { subject: target, body: JSON.stringify(message.json) });
  });
}
