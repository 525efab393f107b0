import { type AccountCourse, type ActiveSync, idleCourse } from "../../events/account-course.ts";
import { type ChunkProgress, noProgress, settleChunk } from "../../events/chunk-progress.ts";
import { startSync } from "../../events/evolve-course.ts";
import type { Fact, FactOf } from "../../events/facts.ts";
import { emptyLedger } from "../../events/ledger.ts";
import { foldEvent, type RowMaps, toMaps } from "../project-batch.ts";
import { noRows } from "../views.ts";

export const at = "2026-01-01T00:00:00.000Z";

/** Folds facts of one account, in order, at the sequences 1, 2, 3 … */
export function projectFacts(facts: readonly Fact[], rows: RowMaps = toMaps(noRows), epoch = 1): RowMaps {
  for (const [i, fact] of facts.entries()) {
    const event = { id: `e${i}`, tenantId: "acme", accountId: "acc_1", time: at, source: "test", fact };
    foldEvent(rows, { position: { epoch, seq: i + 1 }, event });
  }
  return rows;
}

export const active: ActiveSync = {
  syncId: "s1",
  mode: "full",
  requestedMode: "auto",
  scope: {},
  chunkSize: 100,
  windowChunks: 4,
  content: "full",
  startedAt: at,
  run: 0,
  plan: ["listing", "reconcile", "changes"],
  since: null,
  round: 0,
  joined: 0,
  pausedMs: 0,
};
export const requestOf = (syncId: string) =>
  ({ syncId, mode: "auto", trigger: "api", requestedAt: at }) as const;

export const course: AccountCourse = startSync(idleCourse, active);
export const started: Fact = {
  type: "sync.started",
  syncId: "s1",
  sync: active,
  request: requestOf("s1"),
  course,
};

/** A page of 200 messages in two chunks. */
export function pageOf(pageNumber: number, more: Partial<FactOf<"page.listed">> = {}): FactOf<"page.listed"> {
  return {
    type: "page.listed",
    syncId: "s1",
    pageNumber,
    messageIds: Array.from({ length: 200 }, (_, i) => `m${pageNumber * 200 + i}`),
    nextPageToken: "more",
    firstChunk: pageNumber * 2,
    chunkCount: 2,
    chunkSize: 100,
    listedBefore: pageNumber * 200,
    estimatedTotal: 700,
    baseline: pageNumber === 0 ? "41" : null,
    stage: "listing",
    round: 0,
    since: "41",
    watermark: null,
    joined: 0,
    hadCopy: false,
    mark: "",
    changes: null,
    ...more,
  };
}

/** A chunk of 100 messages, some of which were set aside. */
export function fetchedChunk(
  before: ChunkProgress,
  chunkIndex: number,
  deadLettered = 0,
): FactOf<"chunk.fetched"> {
  const ledger = { ...emptyLedger, listed: 100, stored: 100 - deadLettered, deadLettered };
  const progress = settleChunk(before, chunkIndex, ledger) ?? noProgress;
  return {
    type: "chunk.fetched",
    syncId: "s1",
    chunkIndex,
    pageNumber: 0,
    lane: "bulk",
    ledger,
    attempt: 2,
    letters: Array.from({ length: deadLettered }, (_, i) => ({
      ordinal: before.letterCount + i,
      messageId: `m${i}`,
      category: "bad_item" as const,
      message: "cannot be read",
    })),
    mail: { added: [], changed: [], deleted: [] },
    progress,
  };
}

/** The end of the sync, as decided on a checkpoint. */
export function completed({ ledger, revision, settledCount }: ChunkProgress): FactOf<"sync.completed"> {
  return {
    type: "sync.completed",
    syncId: "s1",
    status: ledger.deadLettered === 0 ? "completed" : "partial",
    ledger,
    revision,
    chunkCount: settledCount,
    watermark: "42",
    course: { ...course, active: null, watermark: "42" },
  };
}
