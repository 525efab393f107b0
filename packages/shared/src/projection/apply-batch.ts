import type { PoolClient, Queries, SweepingPool } from "../postgres/create-pool.ts";
import { inTransaction } from "../postgres/in-transaction.ts";
import { CheckpointMovedError, checkpointName, moveCheckpoint, moveSql } from "./checkpoint.ts";
import { changedValues, readViews, touchedValues, writeViews } from "./fold-into-views.ts";
import { eventsValue, insertEvents, insertSkipped, unknownEvents } from "./insert-events.ts";
import { noteRepairs } from "./note-repairs.ts";
import { type PositionedEvent, projectBatch, rowsTouchedBy } from "./project-batch.ts";
import type { LogPosition, SyncView, ViewRows } from "./views.ts";
import { withoutRemoved } from "./without-removed.ts";

export const progressChannel = "millrace_progress";
/** A notification holds 8000 bytes at most; ids are at most 64 each. */
const syncsPerNotification = 50;
const tenantsPerNotification = 100;

const triesMax = 3;

/** A projector that was overtaken has a sound connection. */
const isOvertaken = (error: unknown): boolean => error instanceof CheckpointMovedError;

/** The rows that a batch touches, as they are, and which version of the checkpoint they belong to. */
const readSql = `
  select xmin::text as version, restored_until::float8 as "restoredUntil", ${readViews(4)}
  from checkpoints where name = $1 and epoch = $2 and seq = $3`;

interface Before extends ViewRows {
  readonly version: string;
  readonly restoredUntil: number | null;
}

const isMoved = "exists (select from moved)";

/**
 * Everything by one statement, and nothing when the checkpoint is not what it was when the rows were read: whoever writes
 * views writes the checkpoint's row as well.
 */
const writeSql = `
  with moved as (${moveSql} and xmin::text = $6 returning name),
  ${insertEvents(7, isMoved)},
  ${writeViews(8, isMoved)},
  told as (select pg_notify('${progressChannel}', payload) from unnest($13::text[]) as payload where ${isMoved})
  select (select count(*) from moved)::integer as moved, (select count(*) from told)::integer as told`;

/**
 * Applies a batch of events: raw events, views and checkpoint at once, and whoever watches is told. The checkpoint
 * moves by compare-and-set, so a batch is applied exactly once whatever crashes, and two projectors cannot both win.
 * What an earlier epoch has applied already (a log that was restored from an older copy tells it again) is passed over.
 *
 * @param expected the checkpoint as the caller knows it
 * @returns how many events were passed over
 * @throws {CheckpointMovedError}
 */
export async function applyBatch(
  pool: SweepingPool,
  expected: LogPosition,
  events: readonly PositionedEvent[],
): Promise<{ readonly repeated: number }> {
  const last = events.at(-1);
  if (last === undefined) throw new Error("A batch holds at least one event");
  const fresh = await unknownEvents(pool.ofAll(), events.map(toMilliseconds));
  for (let tries = 1; ; tries++) {
    const before = await readBefore(pool, expected, fresh);
    try {
      await writeOver(pool, expected, last, before, fresh);
      return { repeated: events.length - fresh.length };
    } catch (error) {
      // Perhaps the views were rebuilt meanwhile, and the checkpoint is where it was.
      if (!isOvertaken(error) || tries === triesMax) throw error;
    }
  }
}

async function writeOver(
  pool: SweepingPool,
  expected: LogPosition,
  last: PositionedEvent,
  before: Before,
  fresh: readonly PositionedEvent[],
): Promise<void> {
  const counting = withoutRemoved(before.account_states, fresh);
  const changed = projectBatch(before, counting);
  const { version, restoredUntil } = before;
  const write = (client: Queries) => writeAll(client, expected, last, version, counting, changed);
  if (restoredUntil === null) return write(pool.ofAll());
  const catchUp = async (client: PoolClient) => {
    await write(client);
    await noteRepairs(client, counting, last.position, restoredUntil);
  };
  await inTransaction(pool.ofAll(), catchUp, isOvertaken);
}

async function readBefore(
  pool: SweepingPool,
  { epoch, seq }: LogPosition,
  events: readonly PositionedEvent[],
): Promise<Before> {
  const { rows } = await pool.ofAll().query<Before>({
    name: "read-before-batch",
    text: readSql,
    values: [checkpointName, epoch, seq, ...touchedValues(rowsTouchedBy(events))],
  });
  if (rows[0] === undefined) throw new CheckpointMovedError();
  return rows[0];
}

async function writeAll(
  client: Queries,
  expected: LogPosition,
  last: PositionedEvent,
  version: string,
  fresh: readonly PositionedEvent[],
  changed: ViewRows,
): Promise<void> {
  const { rows } = await client.query<{ moved: number }>({
    name: "write-batch",
    text: writeSql,
    values: [
      ...[checkpointName, expected.epoch, expected.seq, last.position.seq, last.event.id, version],
      eventsValue(fresh),
      ...changedValues(changed),
      notificationsOf(last.position, fresh, changed.syncs),
    ],
  });
  if (rows[0]?.moved !== 1) throw new CheckpointMovedError();
}

/**
 * Passes over one event that the database refuses, so that it cannot stop all that come after it. The audit
 * trail keeps its place and the reason.
 *
 * @throws {CheckpointMovedError}
 */
export async function skipEvent(
  pool: SweepingPool,
  expected: LogPosition,
  skipped: PositionedEvent,
  reason: string,
): Promise<void> {
  const skip = async (client: PoolClient) => {
    const { restoredUntil } = await moveCheckpoint(client, expected, skipped);
    await insertSkipped(client, skipped, reason);
    if (restoredUntil !== null) await noteRepairs(client, [skipped], skipped.position, restoredUntil);
  };
  await inTransaction(pool.ofAll(), skip, isOvertaken);
}

/** Times as the audit trail gives them back to a rebuild. */
function toMilliseconds({ position, event }: PositionedEvent): PositionedEvent {
  return { position, event: { ...event, time: new Date(event.time).toISOString() } };
}

/** Names the syncs that have changed with their tenants, and the tenants of which other facts tell. */
function notificationsOf(
  { epoch, seq }: LogPosition,
  events: readonly PositionedEvent[],
  syncs: readonly SyncView[],
): string[] {
  const ofSyncs = partsOf(syncs, syncsPerNotification).map((told) => ({
    syncs: told.map((view) => [view.tenant_id, view.id]),
  }));
  const named = new Set(syncs.map((view) => view.tenant_id));
  const others = new Set(events.map(({ event }) => event.tenantId).filter((id) => !named.has(id)));
  const ofOthers = partsOf([...others], tenantsPerNotification).map((tenants) => ({ syncs: [], tenants }));
  return [...ofSyncs, ...ofOthers].map((told) => JSON.stringify({ epoch, seq, ...told }));
}

const partsOf = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
