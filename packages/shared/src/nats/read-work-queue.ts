import { type AccountRef, anyLaterSubject, workSubject } from "../events/subjects.ts";
import { fetchItemSchema, listingItemSchema, type WorkItem, workKey } from "../events/work-item.ts";
import type { WorkQueue } from "../state/sync-state.ts";
import type { Nats } from "./connect-nats.ts";
import { workStream } from "./topology.ts";

/** A sync never has more in the queue than its window, plus what was put back twice. */
const itemsMax = 5_000;

/** The work queue as it is: a claimed message stays in the stream until it is acknowledged. */
export function createWorkQueue(nats: Nats): WorkQueue {
  return {
    async keysOf(ref: AccountRef, syncId: string): Promise<ReadonlySet<string>> {
      const keys = new Set<string>();
      const subjects = [
        // Not due yet first: what becomes due meanwhile is then found in its lane.
        anyLaterSubject(ref, syncId),
        ...(["live", "bulk", "list"] as const).map((lane) => workSubject(lane, ref, syncId)),
      ];
      for (const subject of subjects) await readKeys(nats, subject, keys);
      return keys;
    },
  };
}

async function readKeys(nats: Nats, subject: string, keys: Set<string>): Promise<void> {
  let seq = 1;
  for (let read = 0; read < itemsMax; read++) {
    // The server knows `next_by_subj` here as well; the client's type names it for direct reads only.
    const query = { seq, next_by_subj: subject };
    const message = await nats.jsm.streams.getMessage(workStream.name, query);
    if (message === null) break;
    const item = readItem(message.data);
    if (item !== null) keys.add(workKey(item));
    seq = message.seq + 1;
  }
}

/** Null for what somebody else put there: whoever claims it rejects it, and it must not hide the others until then. */
function readItem(body: Uint8Array): WorkItem | null {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(body));
    return fetchItemSchema.safeParse(json).data ?? listingItemSchema.safeParse(json).data ?? null;
  } catch {
    return null;
  }
}
