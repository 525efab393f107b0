import type { AccountCourse, ActiveSync } from "@millrace/shared/events/account-course";
import { type ChunkProgress, noProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import type { Fact, FactOf } from "@millrace/shared/events/facts";
import { emptyLedger } from "@millrace/shared/events/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PositionedEvent, projectBatch, type ViewChanges } from "./project-batch.ts";

const at = "2026-01-01T00:00:00.000Z";
const active: ActiveSync = {
  syncId: "s1",
  mode: "full",
  requestedMode: "auto",
  scope: {},
  chunkSize: 100,
  windowChunks: 4,
  content: "full",
  baseline: "42",
  startedAt: at,
};
const course = (more: Partial<AccountCourse> = {}): AccountCourse => ({
  active,
  waiting: [],
  recentSyncIds: ["s1"],
  watermark: null,
  ...more,
});
const request = { syncId: "s1", mode: "auto", trigger: "api", requestedAt: at } as const;

const started: Fact = {
  type: "sync.started",
  syncId: "s1",
  sync: active,
  request,
  estimatedTotal: 700,
  course: course(),
};
const page = (pageNumber: number, messages: number, last: boolean): Fact => ({
  type: "page.listed",
  syncId: "s1",
  pageNumber,
  messageIds: Array.from({ length: messages }, (_, i) => `m${pageNumber}.${i}`),
  nextPageToken: last ? null : "more",
  firstChunk: pageNumber * 5,
  chunkCount: Math.ceil(messages / 100),
  chunkSize: 100,
  listedBefore: pageNumber * 500,
  estimatedTotal: 700,
});
const chunk = (progress: ChunkProgress, chunkIndex: number): FactOf<"chunk.fetched"> => ({
  type: "chunk.fetched",
  syncId: "s1",
  chunkIndex,
  pageNumber: 0,
  lane: "bulk",
  ledger: { ...emptyLedger, listed: 100, stored: 100 },
  attempt: 1,
  progress: settleChunk(progress, chunkIndex, { ...emptyLedger, listed: 100, stored: 100 }) ?? progress,
});

/** A whole sync of seven chunks, settled out of order. */
function wholeSync(): PositionedEvent[] {
  const facts: Fact[] = [started, page(0, 500, false), page(1, 200, true)];
  let progress = noProgress;
  for (const index of [2, 0, 1, 4, 6, 3, 5]) {
    const fact = chunk(progress, index);
    progress = fact.progress;
    facts.push(fact);
  }
  facts.push({
    type: "sync.completed",
    syncId: "s1",
    status: "completed",
    ledger: progress.ledger,
    chunkCount: 7,
    watermark: "42",
    course: course({ active: null, watermark: "42" }),
  });
  return facts.map((fact, i) => ({
    position: { epoch: 1, seq: i + 1 },
    event: { id: `e${i}`, tenantId: "acme", accountId: "acc_1", time: at, source: "test", fact },
  }));
}

const nothing: ViewChanges = { syncs: [], accounts: [], listedChunks: [], settledChunks: [] };

/** Applies events in batches of the given sizes, as the projector does; chunks are merged as the SQL does. */
function apply(events: readonly PositionedEvent[], sizes: readonly number[]) {
  let state: ViewChanges = nothing;
  const chunks = new Map<number, object>();
  const sizeAt = (i: number): number => sizes[i % sizes.length] ?? 1;
  for (let start = 0, i = 0; start < events.length; start += sizeAt(i++)) {
    const batch = events.slice(start, start + sizeAt(i));
    state = projectBatch(state, batch);
    for (const view of state.listedChunks)
      if (!chunks.has(view.chunk_index)) chunks.set(view.chunk_index, view);
    for (const { listed_at, ...view } of state.settledChunks) {
      chunks.set(view.chunk_index, { ...chunks.get(view.chunk_index), ...view });
    }
  }
  return { syncs: state.syncs, accounts: state.accounts, chunks: [...chunks.values()] };
}

describe("the projection", () => {
  it("shows a sync from its start to its balanced end", () => {
    const { syncs, accounts, chunks } = apply(wholeSync(), [1]);
    expect(syncs).toHaveLength(1);
    expect(syncs[0]).toMatchObject({
      status: "completed",
      listed: 700,
      stored: 700,
      settled: 700,
      chunks_listed: 7,
      chunks_settled: 7,
      listing_complete: true,
      watermark: "42",
    });
    expect(accounts).toMatchObject([{ active_sync_id: null, watermark: "42", last_sync_id: "s1" }]);
    expect(chunks).toHaveLength(7);
    expect(chunks.every((view) => (view as { settled_at: string | null }).settled_at === at)).toBe(true);
  });

  it("does not depend on how the log is cut into batches", () => {
    const oneByOne = apply(wholeSync(), [1]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }), (sizes) => {
        expect(apply(wholeSync(), sizes)).toEqual(oneByOne);
      }),
    );
  });

  it("is not changed by events that it has seen", () => {
    const events = wholeSync();
    const once = apply(events, [3]);
    const again = projectBatch({ syncs: once.syncs, accounts: once.accounts }, events);
    expect(again.syncs).toEqual(once.syncs);
    expect(again.accounts).toEqual(once.accounts);
  });

  it("never goes backwards, after any prefix of the log", () => {
    let state: ViewChanges = nothing;
    let settled = 0;
    for (const event of wholeSync()) {
      state = projectBatch(state, [event]);
      expect(state.syncs[0]?.settled ?? 0).toBeGreaterThanOrEqual(settled);
      settled = state.syncs[0]?.settled ?? 0;
    }
    expect(settled).toBe(700);
  });

  it("shows how a request ended that never ran", () => {
    const coalesced: Fact = { type: "sync.coalesced", syncId: "s2", into: "s1", request, course: course() };
    const failed: Fact = {
      type: "sync.failed",
      syncId: "s3",
      category: "consent_lost",
      message: "connect again",
      request,
      course: course(),
    };
    const events = [coalesced, failed].map((fact, i) => ({
      position: { epoch: 1, seq: i + 1 },
      event: { id: `e${i}`, tenantId: "acme", accountId: "acc_1", time: at, source: "test", fact },
    }));
    expect(projectBatch(nothing, events).syncs).toMatchObject([
      { id: "s2", status: "coalesced", coalesced_into: "s1", ended_at: at },
      { id: "s3", status: "failed", failure: { category: "consent_lost" }, ended_at: at },
    ]);
  });
});
