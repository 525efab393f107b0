import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { applyBatch } from "@millrace/shared/projection/apply-batch";
import { readCheckpoint } from "@millrace/shared/projection/checkpoint";
import type { HistoryEvent, MailHistory } from "./mail-history.ts";

/** As many as the projector takes at once. */
const eventsPerBatch = 500;

/**
 * Goes on with a history where the projector has stopped, with the projector's own transaction and without the log:
 * events and views are what they would be.
 *
 * @param events how many the audit trail has in the end
 */
export async function fillAuditTrail(
  pool: SweepingPool,
  history: MailHistory,
  events: number,
  onProgress: (applied: number) => void,
): Promise<void> {
  const checkpoint = await readCheckpoint(pool.ofNobody());
  if (checkpoint === null) throw new Error("Nothing was projected yet");
  const { epoch } = checkpoint;
  let { seq } = checkpoint;
  while (history.tally.events < events) {
    const batch = history.take(Math.min(eventsPerBatch, events - history.tally.events));
    const positioned = batch.map((event, i) => ({
      position: { epoch, seq: seq + i + 1 },
      event: eventOf(event),
    }));
    await applyBatch(pool, { epoch, seq }, positioned);
    seq += batch.length;
    onProgress(history.tally.events);
  }
}

const eventOf = ({ ref, eventId, atMs, fact }: HistoryEvent) => ({
  id: eventId,
  tenantId: ref.tenantId,
  accountId: ref.accountId,
  time: new Date(atMs).toISOString(),
  source: "bench",
  fact,
});
