import type { EventOf, Fact } from "../events/facts.ts";
import { projectAccount } from "./project-account.ts";
import { type ActivityKey, activityTouchedBy, projectActivity, type SyncMove } from "./project-activity.ts";
import { type ChunkKey, chunksTouchedBy, projectChunk } from "./project-chunk.ts";
import { letterId, lettersTouchedBy, projectLetter } from "./project-letter.ts";
import { projectSync, syncsTouchedBy } from "./project-sync.ts";
import type { SyncView, ViewChanges, ViewRows } from "./views.ts";
import {
  type AccountView,
  type ActivityView,
  type ChunkView,
  isLetterSettled,
  type LetterView,
  type LogPosition,
} from "./views.ts";

export interface PositionedEvent {
  readonly position: LogPosition;
  readonly event: EventOf;
}

/** Names the rows to read before a batch is folded. */
export interface TouchedRows {
  readonly syncIds: readonly string[];
  readonly chunkKeys: readonly ChunkKey[];
  readonly accountIds: readonly string[];
  readonly letterIds: readonly string[];
  readonly activityKeys: readonly ActivityKey[];
}

export function rowsTouchedBy(events: readonly PositionedEvent[]): TouchedRows {
  const facts = events.map(({ event }) => event.fact);
  const chunks = facts.flatMap(chunksTouchedBy);
  return {
    syncIds: [...new Set(facts.flatMap(syncsTouchedBy))],
    chunkKeys: [...new Map(chunks.map((key) => [chunkKey(key.syncId, key.chunkIndex), key])).values()],
    // Also of facts that do not move its row: whether anything of it still counts, the row says.
    accountIds: [...new Set(events.map(({ event }) => event.accountId))],
    letterIds: [
      ...new Set(facts.flatMap(lettersTouchedBy).map(({ syncId, ordinal }) => letterId(syncId, ordinal))),
    ],
    activityKeys: activityKeysOf(events),
  };
}

function activityKeysOf(events: readonly PositionedEvent[]): ActivityKey[] {
  const keys = events.flatMap(({ event }) => activityTouchedBy(event) ?? []);
  return [...new Map(keys.map((key) => [activityKey(key.tenantId, key.minute), key])).values()];
}

/**
 * Folds a batch over the rows that it touches. Pure, so that a rebuild and the live projection cannot differ
 * (rule I9).
 *
 * @param before the rows of `rowsTouchedBy` the events, as far as they exist
 * @returns the rows that have changed, as they are now, and which go
 */
export function projectBatch(before: ViewRows, events: readonly PositionedEvent[]): ViewChanges {
  const rows = toMaps(before);
  const forgotten = new Set<string>();
  const forgottenLetters = new Set<string>();
  for (const positioned of events) {
    foldEvent(rows, positioned);
    forgetSyncs(rows, positioned.event.fact, forgotten);
    forgetLetters(rows, positioned.event.fact, forgottenLetters);
  }
  const old = toMaps(before);
  return {
    // One that has begun again since is a row like any other.
    forgottenSyncIds: [...forgotten].filter((syncId) => !rows.syncs.has(syncId)),
    forgottenLetterIds: [...forgottenLetters].filter((id) => !rows.dead_letters.has(id)),
    syncs: changed(old.syncs, rows.syncs),
    chunks: changed(old.chunks, rows.chunks),
    account_states: changed(old.account_states, rows.account_states),
    dead_letters: changed(old.dead_letters, rows.dead_letters),
    activity_minutes: changed(old.activity_minutes, rows.activity_minutes),
  };
}

function forgetSyncs(rows: RowMaps, fact: Fact, forgotten: Set<string>): void {
  if (fact.type !== "syncs.forgotten") return;
  for (const syncId of fact.syncIds) {
    rows.syncs.delete(syncId);
    forgotten.add(syncId);
  }
}

/** One that is open again, because its chunk was worked on anew from a log that had lost the first time, stays. */
function forgetLetters(rows: RowMaps, fact: Fact, forgotten: Set<string>): void {
  if (fact.type !== "dead_letters.forgotten") return;
  for (const { ordinal } of fact.letters) {
    const id = letterId(fact.syncId, ordinal);
    const letter = rows.dead_letters.get(id);
    if (letter === undefined || !isLetterSettled(letter)) continue;
    rows.dead_letters.delete(id);
    forgotten.add(id);
  }
}

/** Rows by their keys. */
export interface RowMaps {
  readonly syncs: Map<string, SyncView>;
  /** By `chunkKey`. */
  readonly chunks: Map<string, ChunkView>;
  readonly account_states: Map<string, AccountView>;
  readonly dead_letters: Map<string, LetterView>;
  /** By `activityKey`. */
  readonly activity_minutes: Map<string, ActivityView>;
}

export const chunkKey = (syncId: string, chunkIndex: number): string => `${syncId}/${chunkIndex}`;
export const activityKey = (tenantId: string, minute: number): string => `${tenantId}/${minute}`;

export function toMaps(rows: ViewRows): RowMaps {
  return {
    syncs: new Map(rows.syncs.map((view) => [view.id, view])),
    chunks: new Map(rows.chunks.map((view) => [chunkKey(view.sync_id, view.chunk_index), view])),
    account_states: new Map(rows.account_states.map((view) => [view.account_id, view])),
    dead_letters: new Map(rows.dead_letters.map((view) => [view.id, view])),
    activity_minutes: new Map(
      rows.activity_minutes.map((view) => [activityKey(view.tenant_id, view.minute), view]),
    ),
  };
}

/** Moves the rows by one event. */
export function foldEvent(rows: RowMaps, positioned: PositionedEvent): void {
  const { event, position } = positioned;
  const { fact, accountId } = event;
  foldActivity(rows, positioned, foldSyncs(rows, positioned));
  put(rows.account_states, accountId, (view) => projectAccount(view, event, position));
  // Before the dead letters themselves: a chunk counts those that were open.
  for (const { syncId, chunkIndex } of chunksTouchedBy(fact)) {
    const isOpen = (ordinal: number): boolean => isLetterOpen(rows, syncId, ordinal);
    put(rows.chunks, chunkKey(syncId, chunkIndex), (view) =>
      projectChunk(view, chunkIndex, event, position, isOpen),
    );
  }
  for (const { syncId, ordinal } of lettersTouchedBy(fact)) {
    put(rows.dead_letters, letterId(syncId, ordinal), (view) =>
      projectLetter(view, ordinal, event, position),
    );
  }
}

/** @returns those that have moved */
function foldSyncs(rows: RowMaps, { event, position }: PositionedEvent): SyncMove[] {
  const chunk = chunkOf(rows, event.fact);
  return syncsTouchedBy(event.fact).flatMap((syncId) => {
    const before = rows.syncs.get(syncId) ?? null;
    const after = projectSync(before, syncId, event, position, chunk);
    if (after === null || after === before) return [];
    rows.syncs.set(syncId, after);
    return [{ before, after }];
  });
}

/** The chunk that a fact is of, as it was before it. */
function chunkOf(rows: RowMaps, fact: Fact): ChunkView | null {
  if (!("chunkIndex" in fact)) return null;
  return rows.chunks.get(chunkKey(fact.syncId, fact.chunkIndex)) ?? null;
}

function foldActivity(rows: RowMaps, { event, position }: PositionedEvent, moves: readonly SyncMove[]): void {
  const key = activityTouchedBy(event);
  if (key === null) return;
  put(rows.activity_minutes, activityKey(key.tenantId, key.minute), (view) =>
    projectActivity(view, key, event, position, moves),
  );
}

function isLetterOpen(rows: RowMaps, syncId: string, ordinal: number): boolean {
  const letter = rows.dead_letters.get(letterId(syncId, ordinal));
  return letter !== undefined && !isLetterSettled(letter);
}

function put<V>(map: Map<string, V>, key: string, change: (view: V | null) => V | null): void {
  const view = change(map.get(key) ?? null);
  if (view !== null) map.set(key, view);
}

function changed<V>(before: ReadonlyMap<string, V>, after: ReadonlyMap<string, V>): V[] {
  return [...after].filter(([key, view]) => before.get(key) !== view).map(([, view]) => view);
}
