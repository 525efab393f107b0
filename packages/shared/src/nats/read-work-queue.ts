import { type AccountRef, workSubject } from "../events/subjects.ts";
import { workItemSchema } from "../events/work-item.ts";
import type { Nats } from "./connect-nats.ts";
import { workStream } from "./topology.ts";

/** A sync never has more in the queue than its window, plus what was put back twice. */
const itemsMax = 5_000;

/** Which chunks of a sync are queued or claimed: a claimed message stays in the stream until it is acknowledged. */
export async function readQueuedChunks(nats: Nats, ref: AccountRef, syncId: string): Promise<Set<number>> {
  const queued = new Set<number>();
  for (const lane of ["live", "bulk"] as const) {
    const subject = workSubject(lane, ref, syncId);
    let seq = 1;
    for (let read = 0; read < itemsMax; read++) {
      // The server knows `next_by_subj` here as well; the client's type names it for direct reads only.
      const query = { seq, next_by_subj: subject };
      const message = await nats.jsm.streams.getMessage(workStream.name, query);
      if (message === null) break;
      const item = workItemSchema.safeParse(message.json());
      if (item.success) queued.add(item.data.chunkIndex);
      seq = message.seq + 1;
    }
  }
  return queued;
}
