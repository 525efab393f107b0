import {
  activityKey,
  chunkKey,
  type PositionedEvent,
  projectBatch,
  type RowMaps,
  rowsTouchedBy,
} from "@millrace/shared/projection/project-batch";
import type { ViewRows } from "@millrace/shared/projection/views";
import { withoutRemoved } from "@millrace/shared/projection/without-removed";
import type { World } from "../world.ts";
import type { Tables } from "./memory-database.ts";

/**
 * Adds events to the audit trail and folds them into the views. What an earlier epoch has told already is left out; a
 * place that is taken is an error.
 *
 * @returns those that were not left out, neither because they are known, nor because their account was removed
 */
export function foldIntoTables(
  world: World,
  tables: Tables,
  events: readonly PositionedEvent[],
): PositionedEvent[] {
  const unknown = events.filter((told) => !isKnown(tables, told));
  const leaveOut = world.mutations.withoutRemoved ?? withoutRemoved;
  const fresh = [...leaveOut(touchedRows(tables.views, unknown).account_states, unknown)];
  for (const { position } of fresh) {
    const isTaken = tables.events.some(
      (known) => known.position.epoch === position.epoch && known.position.seq === position.seq,
    );
    if (isTaken) throw new Error(`The audit trail has an event at ${position.epoch}/${position.seq} already`);
  }
  tables.events.push(...fresh);
  const fold = world.mutations.projectBatch ?? projectBatch;
  const before = touchedRows(tables.views, fresh);
  const changed = fold(before, fresh);
  world.judge.projected(tables, changed);
  writeRows(tables.views, changed);
  return fresh;
}

function isKnown({ events }: Tables, { position, event }: PositionedEvent): boolean {
  if (position.epoch === 1) return false;
  return events.some(
    (known) =>
      known.event.id === event.id &&
      known.position.epoch < position.epoch &&
      known.event.time === event.time &&
      JSON.stringify(known.event.fact) === JSON.stringify(event.fact),
  );
}

function touchedRows(views: RowMaps, events: readonly PositionedEvent[]): ViewRows {
  const touched = rowsTouchedBy(events);
  const chunkKeys = touched.chunkKeys.map(({ syncId, chunkIndex }) => chunkKey(syncId, chunkIndex));
  const activityKeys = touched.activityKeys.map(({ tenantId, minute }) => activityKey(tenantId, minute));
  return {
    syncs: rowsOf(views.syncs, touched.syncIds),
    chunks: rowsOf(views.chunks, chunkKeys),
    account_states: rowsOf(views.account_states, touched.accountIds),
    dead_letters: rowsOf(views.dead_letters, touched.letterIds),
    activity_minutes: rowsOf(views.activity_minutes, activityKeys),
  };
}

function rowsOf<V>(rows: ReadonlyMap<string, V>, keys: readonly string[]): V[] {
  return keys.flatMap((key) => {
    const row = rows.get(key);
    return row === undefined ? [] : [row];
  });
}

function writeRows(views: RowMaps, changed: ViewRows): void {
  for (const view of changed.syncs) views.syncs.set(view.id, view);
  for (const view of changed.chunks) views.chunks.set(chunkKey(view.sync_id, view.chunk_index), view);
  for (const view of changed.account_states) views.account_states.set(view.account_id, view);
  for (const view of changed.dead_letters) views.dead_letters.set(view.id, view);
  for (const view of changed.activity_minutes)
    views.activity_minutes.set(activityKey(view.tenant_id, view.minute), view);
}
