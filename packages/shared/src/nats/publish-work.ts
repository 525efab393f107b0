import { workSubject } from "../events/subjects.ts";
import type { EnqueueEffect } from "../runtime/outcome.ts";
import type { Nats } from "./connect-nats.ts";
import { workStream } from "./topology.ts";

/** Puts a chunk on the work queue; resolves when the queue has it on disk. */
export async function publishWork(nats: Nats, { ref, lane, item, dedupeId }: EnqueueEffect): Promise<void> {
  await nats.js.publish(workSubject(lane, ref, item.syncId), JSON.stringify(item), {
    msgID: dedupeId,
    expect: { streamName: workStream.name },
  });
}
