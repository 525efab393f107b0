import type { EventOf, Fact, FactOf } from "@millrace/shared/events/facts";
import { projectAccount } from "./project-account.ts";
import { chunksOfPage, settledChunk } from "./project-chunks.ts";
import { projectSync } from "./project-sync.ts";
import type { AccountView, ChunkView, LogPosition, SyncView } from "./views.ts";

export interface PositionedEvent {
  readonly position: LogPosition;
  readonly event: EventOf;
}

/** The rows that a batch touches, as they are before it. */
export interface ViewsBefore {
  readonly syncs: readonly SyncView[];
  readonly accounts: readonly AccountView[];
}

/** What to write for a batch. */
export interface ViewChanges {
  readonly syncs: readonly SyncView[];
  readonly accounts: readonly AccountView[];
  readonly listedChunks: readonly ChunkView[];
  readonly settledChunks: readonly ChunkView[];
}

/** The ids of the rows to read before a batch is folded. */
export function touchedBy(events: readonly PositionedEvent[]): { syncIds: string[]; accountIds: string[] } {
  const facts = events.map(({ event }) => event.fact);
  return {
    syncIds: [...new Set(facts.flatMap((fact) => ("syncId" in fact ? [fact.syncId] : [])))],
    accountIds: [
      ...new Set(events.filter(({ event }) => "course" in event.fact).map(({ event }) => event.accountId)),
    ],
  };
}

/** Folds a batch over the rows before it. Pure, so that a rebuild and the live projection cannot differ (rule I9). */
export function projectBatch(before: ViewsBefore, events: readonly PositionedEvent[]): ViewChanges {
  const syncs = new Map<string, SyncView>(before.syncs.map((view) => [view.id, view]));
  const accounts = new Map<string, AccountView>(before.accounts.map((view) => [view.account_id, view]));
  const listedChunks = new Map<string, ChunkView>();
  const settledChunks = new Map<string, ChunkView>();

  for (const { event, position } of events) {
    const { fact } = event;
    if ("syncId" in fact)
      setUnlessNull(syncs, fact.syncId, projectSync(syncs.get(fact.syncId) ?? null, event, position));
    setUnlessNull(
      accounts,
      event.accountId,
      projectAccount(accounts.get(event.accountId) ?? null, event, position),
    );
    if (isFact(event, "page.listed")) putAll(listedChunks, chunksOfPage(event, position));
    if (isFact(event, "chunk.fetched")) putAll(settledChunks, [settledChunk(event, position)]);
  }
  return {
    syncs: [...syncs.values()],
    accounts: [...accounts.values()],
    listedChunks: [...listedChunks.values()],
    settledChunks: [...settledChunks.values()],
  };
}

function isFact<T extends Fact["type"]>(event: EventOf, type: T): event is EventOf<FactOf<T>> {
  return event.fact.type === type;
}

function putAll(chunks: Map<string, ChunkView>, views: readonly ChunkView[]): void {
  for (const view of views) chunks.set(`${view.sync_id}/${view.chunk_index}`, view);
}

function setUnlessNull<V>(map: Map<string, V>, key: string, value: V | null): void {
  if (value !== null) map.set(key, value);
}
