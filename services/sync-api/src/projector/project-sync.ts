import type { EventOf, FactOf } from "@millrace/shared/events/facts";
import type { SyncRequest } from "@millrace/shared/events/sync-request";
import { isAfter, type LogPosition, ledgerColumns, type SyncView } from "./views.ts";

/**
 * A sync's row after one more event; the row itself when the event is not newer. Every fact carries absolute
 * values, so the newest one wins and applying it twice changes nothing. Progress only grows, also when a
 * late fact carries less (rule I8).
 */
export function projectSync(view: SyncView | null, event: EventOf, position: LogPosition): SyncView | null {
  const { fact } = event;
  if (!("syncId" in fact)) return view;
  if (view !== null && !isAfter(position, view)) return view;
  const before = { ...(view ?? newSync(event, fact.syncId, position)), ...position };
  switch (fact.type) {
    case "sync.started":
      return { ...before, ...requestColumns(fact.request), ...startColumns(fact), status: "running" };
    case "sync.queued":
      return { ...before, ...requestColumns(fact.request), status: "queued" };
    case "sync.coalesced":
      return {
        ...before,
        ...requestColumns(fact.request),
        status: "coalesced",
        coalesced_into: fact.into,
        ended_at: event.time,
      };
    case "page.listed":
      return {
        ...before,
        listed: Math.max(before.listed, fact.listedBefore + fact.messageIds.length),
        chunks_listed: Math.max(before.chunks_listed, fact.firstChunk + fact.chunkCount),
        listing_complete: before.listing_complete || fact.nextPageToken === null,
        estimated_total: before.estimated_total ?? fact.estimatedTotal,
      };
    case "chunk.fetched":
      return withProgress(before, fact);
    case "sync.completed":
      return {
        ...before,
        ...ledgerColumns(fact.ledger),
        status: fact.status,
        listed: fact.ledger.listed,
        settled: fact.ledger.listed,
        chunks_settled: fact.chunkCount,
        listing_complete: true,
        watermark: fact.watermark,
        ended_at: event.time,
      };
    case "sync.failed":
      return {
        ...before,
        ...(fact.request === null ? {} : requestColumns(fact.request)),
        status: "failed",
        failure: { category: fact.category, message: fact.message },
        ended_at: event.time,
      };
    case "chunk.requeued":
      return before;
  }
}

function withProgress(view: SyncView, { progress }: FactOf<"chunk.fetched">): SyncView {
  if (progress.settledCount <= view.chunks_settled) return view;
  return {
    ...view,
    ...ledgerColumns(progress.ledger),
    chunks_settled: progress.settledCount,
    settled: progress.ledger.listed,
  };
}

function startColumns({ sync, estimatedTotal }: FactOf<"sync.started">) {
  return {
    mode: sync.mode,
    chunk_size: sync.chunkSize,
    window_chunks: sync.windowChunks,
    content: sync.content,
    baseline: sync.baseline,
    started_at: sync.startedAt,
    estimated_total: estimatedTotal,
  };
}

function requestColumns({ mode, trigger, requestedAt, chunkSize, query, labelIds }: SyncRequest) {
  return {
    requested_mode: mode,
    trigger,
    scope: { chunkSize, query, labelIds },
    ...(requestedAt === undefined ? {} : { requested_at: requestedAt, created_at: requestedAt }),
  };
}

function newSync(event: EventOf, syncId: string, position: LogPosition): SyncView {
  return {
    ...position,
    id: syncId,
    tenant_id: event.tenantId,
    account_id: event.accountId,
    status: "running",
    requested_mode: null,
    mode: null,
    trigger: null,
    scope: {},
    chunk_size: null,
    window_chunks: null,
    content: null,
    baseline: null,
    watermark: null,
    coalesced_into: null,
    failure: null,
    requested_at: null,
    started_at: null,
    ended_at: null,
    listed: 0,
    listing_complete: false,
    estimated_total: null,
    chunks_listed: 0,
    chunks_settled: 0,
    settled: 0,
    stored: 0,
    unchanged: 0,
    gone: 0,
    dead_lettered: 0,
    created_at: event.time,
  };
}
