import { laterSubject, workSubject } from "../events/subjects.ts";
import type { EnqueueEffect } from "../runtime/outcome.ts";
import type { Nats } from "./connect-nats.ts";
import { workStream } from "./topology.ts";

/**
 * Puts a piece of work on the queue; resolves when the queue has it on disk. Work that is not due yet is a
 * scheduled message: the broker puts it on the queue in time, whoever is alive then.
 */
export async function publishWork(
  nats: Nats,
  { ref, lane, item, dedupeId, dueAtMs }: EnqueueEffect,
): Promise<void> {
  const target = workSubject(lane, ref, item.syncId);
  const isLater = dueAtMs !== null && dueAtMs > Date.now();
  await nats.js.publish(isLater ? laterSubject(ref, item) : target, JSON.stringify(item), {
    msgID: dedupeId,
    expect: { streamName: workStream.name },
    ...(isLater ? { schedule: { specification: new Date(dueAtMs), target } } : {}),
  });
}
