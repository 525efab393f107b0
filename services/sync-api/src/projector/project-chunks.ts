import type { EventOf, FactOf } from "@millrace/shared/events/facts";
import { laneOf } from "@millrace/shared/events/work-item";
import { type ChunkView, type LogPosition, ledgerColumns } from "./views.ts";

/** The rows that a page's chunks begin with. */
export function chunksOfPage(event: EventOf<FactOf<"page.listed">>, position: LogPosition): ChunkView[] {
  const { fact } = event;
  return Array.from({ length: fact.chunkCount }, (_, i) => {
    const left = fact.messageIds.length - i * fact.chunkSize;
    return {
      ...newChunk(event, fact, fact.firstChunk + i, position),
      // Only full syncs list pages; their first chunk takes the live lane.
      lane: laneOf("full", fact.firstChunk + i),
      size: Math.min(fact.chunkSize, left),
    };
  });
}

/** The row of a chunk that is settled. */
export function settledChunk(event: EventOf<FactOf<"chunk.fetched">>, position: LogPosition): ChunkView {
  const { fact } = event;
  return {
    ...newChunk(event, fact, fact.chunkIndex, position),
    ...ledgerColumns(fact.ledger),
    lane: fact.lane,
    size: fact.ledger.listed,
    settled_at: event.time,
    attempt: fact.attempt,
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
    lane: "bulk",
    size: 0,
    listed_at: event.time,
    settled_at: null,
    attempt: null,
    stored: 0,
    unchanged: 0,
    gone: 0,
    dead_lettered: 0,
  };
}
