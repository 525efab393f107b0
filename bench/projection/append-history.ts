import type { EventLog } from "@millrace/shared/nats/event-log";
import type { HistoryEvent, MailHistory } from "./mail-history.ts";

/** Each append waits for a flush of the broker's, so that many have to be under way. */
const inFlight = 500;

/**
 * Puts the next events of a history on the log, in their order: one connection keeps it also when nobody waits for an
 * answer in between.
 *
 * @returns the sequence of the last one
 */
export async function appendHistory(
  log: EventLog,
  history: MailHistory,
  events: number,
  onProgress: (appended: number) => void,
): Promise<number> {
  let lastSeq = 0;
  for (let appended = 0; appended < events; appended += inFlight) {
    const batch = history.take(Math.min(inFlight, events - appended));
    for (const seq of await Promise.all(batch.map((event) => appendEvent(log, event)))) {
      if (lastSeq !== 0 && seq !== lastSeq + 1) throw new Error(`Sequence ${seq} came after ${lastSeq}`);
      lastSeq = seq;
    }
    onProgress(Math.min(events, appended + inFlight));
  }
  return lastSeq;
}

/** @returns its sequence, when the log has flushed it */
export async function appendEvent(log: EventLog, { ref, eventId, fact }: HistoryEvent): Promise<number> {
  const result = await log.append({ kind: "append", ref, eventId, fact, expectedSeq: null });
  if (result.kind === "conflict") throw new Error(`The log refuses ${eventId}`);
  return result.seq;
}
