import { laterSubject, workSubject } from "../events/subjects.ts";
import type { EnqueueEffect } from "../runtime/outcome.ts";
import type { Nats } from "./connect-nats.ts";
import { publishTraced } from "./publish-traced.ts";
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
  const labels = {
    "tenant.id": ref.tenantId,
    "account.id": ref.accountId,
    "sync.id": item.syncId,
    ...("chunkIndex" in item ? { "chunk.index": item.chunkIndex } : {}),
  };
  const subject = isLater ? laterSubject(ref, item) : target;
  await publishTraced(nats, labels, subject, JSON.stringify(item), {
    msgID: dedupeId,
    expect: { streamName: workStream.name },
    ...(isLater ? { schedule: { specification: new Date(dueAtMs), target } } : {}),
  });
}
