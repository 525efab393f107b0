import type { EventOf, Fact, FactOf } from "../events/facts.ts";
import { laneOf } from "../events/work-item.ts";
import { type ChunkView, isAfter, type LogPosition, ledgerColumns } from "./views.ts";

export interface ChunkKey {
  readonly syncId: string;
  readonly chunkIndex: number;
}

/** The chunks whose rows an event may change. */
export function chunksTouchedBy(fact: Fact): readonly ChunkKey[] {
  if (fact.type === "page.listed") {
    const { syncId, firstChunk, chunkCount } = fact;
    return Array.from({ length: chunkCount }, (_, i) => ({ syncId, chunkIndex: firstChunk + i }));
  }
  return "chunkIndex" in fact ? [{ syncId: fact.syncId, chunkIndex: fact.chunkIndex }] : [];
}

/**
 * A chunk's row after one more event; the row itself when the event is not newer, or changes nothing of it.
 *
 * @param chunkIndex one of `chunksTouchedBy` the event
 * @param isOpen tells of a dead letter whether it was open before the event
 */
export function projectChunk(
  view: ChunkView | null,
  chunkIndex: number,
  event: EventOf,
  position: LogPosition,
  isOpen: (ordinal: number) => boolean,
): ChunkView | null {
  if (view !== null && !isAfter(position, view)) return view;
  const { fact } = event;
  if (fact.type === "page.listed") return view ?? listedChunk(event, fact, chunkIndex, position);
  if (fact.type === "chunk.fetched" || fact.type === "chunk.dead_lettered") {
    const before = view ?? newChunk(event, fact, chunkIndex, position);
    return { ...before, ...position, ...settledColumns(before, fact, event.time) };
  }
  const change = view === null ? null : changeOfChunk(view, fact, event.time, isOpen);
  return view === null || change === null ? view : { ...view, ...position, ...change };
}

function changeOfChunk(
  view: ChunkView,
  fact: Fact,
  time: string,
  isOpen: (ordinal: number) => boolean,
): Partial<ChunkView> | null {
  switch (fact.type) {
    case "chunk.attempt_failed":
      return failedColumns(view, fact, time);
    case "dead_letters.settled":
      return movedColumns(
        view,
        fact.letters.filter(({ ordinal }) => isOpen(ordinal)),
      );
    case "dead_letters.refused":
    case "dead_letters.superseded":
      return { next_attempt_at: null };
    default:
      return null;
  }
}

function settledColumns(
  before: ChunkView,
  fact: FactOf<"chunk.fetched"> | FactOf<"chunk.dead_lettered">,
  time: string,
): Partial<ChunkView> {
  const isSetAside = fact.type === "chunk.dead_lettered";
  return {
    ...ledgerColumns(fact.ledger),
    lane: fact.lane,
    size: fact.ledger.listed,
    state: isSetAside ? "dead_lettered" : "settled",
    settled_at: time,
    attempt: fact.attempt,
    attempts: Math.max(before.attempts, fact.attempt),
    next_attempt_at: null,
    handled: 0,
    ...(isSetAside ? { last_fault: { category: fact.category, message: fact.message, at: time } } : {}),
  };
}

function failedColumns(
  view: ChunkView,
  fact: FactOf<"chunk.attempt_failed">,
  time: string,
): Partial<ChunkView> | null {
  // An attempt that ends after another one has settled the chunk says nothing about it.
  if (view.settled_at !== null && !fact.isRedrive) return null;
  return {
    attempts: fact.isRedrive ? view.attempts : Math.max(view.attempts, fact.attempt),
    last_fault: { category: fact.category, message: fact.message, at: time },
    next_attempt_at: fact.nextAt,
    handled: fact.isRedrive ? view.handled : handledBy(view, fact.settled),
  };
}

/**
 * How many messages of an open chunk are dealt with after an attempt that failed. Another one may begin anew, and find less: what
 * was dealt with stays so (rule I8).
 *
 * @param told by the attempt
 */
export const handledBy = ({ handled, size }: ChunkView, told: number): number =>
  Math.max(handled, Math.min(size, told));

/** Dead letters that have found their mail are counted where it went. */
function movedColumns(
  view: ChunkView,
  letters: FactOf<"dead_letters.settled">["letters"],
): Partial<ChunkView> | null {
  const count = (outcome: string): number => letters.filter((letter) => letter.outcome === outcome).length;
  const moved = letters.length - count("discarded");
  const left = Math.max(0, view.dead_lettered - moved);
  return {
    stored: view.stored + count("stored"),
    unchanged: view.unchanged + count("unchanged"),
    gone: view.gone + count("gone"),
    dead_lettered: left,
    state: left === 0 ? "settled" : view.state,
    next_attempt_at: null,
  };
}

function listedChunk(
  event: EventOf,
  page: FactOf<"page.listed">,
  chunkIndex: number,
  position: LogPosition,
): ChunkView {
  const left = page.messageIds.length - (chunkIndex - page.firstChunk) * page.chunkSize;
  return {
    ...newChunk(event, page, chunkIndex, position),
    size: Math.min(page.chunkSize, left),
  };
}

function newChunk(
  event: EventOf,
  { syncId, pageNumber }: { readonly syncId: string; readonly pageNumber: number },
  chunkIndex: number,
  position: LogPosition,
): ChunkView {
  return {
    ...position,
    sync_id: syncId,
    chunk_index: chunkIndex,
    tenant_id: event.tenantId,
    account_id: event.accountId,
    page_number: pageNumber,
    // Only full syncs list pages; their first chunk takes the live lane.
    lane: laneOf("full", chunkIndex),
    size: 0,
    state: "listed",
    listed_at: event.time,
    settled_at: null,
    attempt: null,
    attempts: 0,
    last_fault: null,
    next_attempt_at: null,
    handled: 0,
    stored: 0,
    unchanged: 0,
    gone: 0,
    dead_lettered: 0,
  };
}
