import type { Pool, PoolClient } from "../postgres/create-pool.ts";
import { inTransaction } from "../postgres/in-transaction.ts";
import { CheckpointMovedError, moveCheckpoint } from "./checkpoint.ts";
import { foldIntoViews } from "./fold-into-views.ts";
import { insertEvents, insertSkipped } from "./insert-events.ts";
import { noteRepairs } from "./note-repairs.ts";
import type { PositionedEvent } from "./project-batch.ts";
import type { LogPosition, SyncView } from "./views.ts";

export const progressChannel = "millrace_progress";
/** A notification holds 8000 bytes at most; ids are at most 64 each. */
const syncsPerNotification = 50;

/** A projector that was overtaken has a sound connection. */
const isOvertaken = (error: unknown): boolean => error instanceof CheckpointMovedError;

/**
 * Applies a batch of events: raw events, views and checkpoint in one transaction, and whoever watches is told
 * when it commits. The checkpoint moves by compare-and-set, so a batch is applied exactly once whatever
 * crashes, and two projectors cannot both win. What an earlier epoch has applied already (a log that was restored
 * from an older copy tells it again) is passed over.
 *
 * @param expected the checkpoint as the caller knows it
 * @returns how many events were passed over
 * @throws {CheckpointMovedError}
 */
export async function applyBatch(
  pool: Pool,
  expected: LogPosition,
  events: readonly PositionedEvent[],
): Promise<{ readonly repeated: number }> {
  const last = events.at(-1);
  if (last === undefined) throw new Error("A batch holds at least one event");
  const apply = async (client: PoolClient) => {
    const { restoredUntil } = await moveCheckpoint(client, expected, last);
    const fresh = await insertEvents(client, events.map(toMilliseconds));
    const changed = await foldIntoViews(client, fresh);
    if (restoredUntil !== null) await noteRepairs(client, fresh, last.position, restoredUntil);
    await notify(client, last.position, changed.syncs);
    return { repeated: events.length - fresh.length };
  };
  return inTransaction(pool, apply, isOvertaken);
}

/**
 * Passes over one event that the database refuses, so that it cannot stop all that come after it. The audit
 * trail keeps its place and the reason.
 *
 * @throws {CheckpointMovedError}
 */
export async function skipEvent(
  pool: Pool,
  expected: LogPosition,
  skipped: PositionedEvent,
  reason: string,
): Promise<void> {
  const skip = async (client: PoolClient) => {
    const { restoredUntil } = await moveCheckpoint(client, expected, skipped);
    await insertSkipped(client, skipped, reason);
    if (restoredUntil !== null) await noteRepairs(client, [skipped], skipped.position, restoredUntil);
  };
  await inTransaction(pool, skip, isOvertaken);
}

/** Times as the audit trail gives them back to a rebuild. */
function toMilliseconds({ position, event }: PositionedEvent): PositionedEvent {
  return { position, event: { ...event, time: new Date(event.time).toISOString() } };
}

async function notify(
  client: PoolClient,
  { epoch, seq }: LogPosition,
  syncs: readonly SyncView[],
): Promise<void> {
  for (let start = 0; start < syncs.length; start += syncsPerNotification) {
    const touched = syncs.slice(start, start + syncsPerNotification).map((view) => [view.tenant_id, view.id]);
    await client.query("select pg_notify($1, $2)", [
      progressChannel,
      JSON.stringify({ epoch, seq, syncs: touched }),
    ]);
  }
}
