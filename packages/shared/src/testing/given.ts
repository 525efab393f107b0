import { type AccountCourse, type ActiveSync, idleCourse } from "../events/account-course.ts";
import { noHistory } from "../events/attempt.ts";
import { type ChunkProgress, noProgress, settleChunk } from "../events/chunk-progress.ts";
import type { EventOf, Fact, FactOf } from "../events/facts.ts";
import { emptyLedger, type Ledger } from "../events/ledger.ts";
import type { AcceptedRequest } from "../events/sync-request.ts";
import type { ChunkItem, ListItem, RedriveItem } from "../events/work-item.ts";

/** What tests of steps and decisions begin with: one account, and its sync s1 that has just started. */
export const ref = { tenantId: "acme", accountId: "acc_1" };
export const at = "2026-01-01T00:00:00.000Z";
export const moment = { nowMs: Date.parse(at), random: 0.5 };

export const givenRequest = (syncId: string, more: Partial<AcceptedRequest> = {}): AcceptedRequest => ({
  syncId,
  mode: "auto",
  trigger: "api",
  requestedAt: at,
  ...more,
});

export const givenActive = (syncId: string, more: Partial<ActiveSync> = {}): ActiveSync => ({
  syncId,
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
  ...more,
});

export const givenCourse = (more: Partial<AccountCourse> = {}): AccountCourse => ({ ...idleCourse, ...more });

export const givenStarted = (
  sync: ActiveSync = givenActive("s1"),
  course: AccountCourse = givenCourse({ active: sync }),
): FactOf<"sync.started"> => ({
  type: "sync.started",
  syncId: sync.syncId,
  sync,
  request: givenRequest(sync.syncId),
  course,
});

/** A page in the middle of a listing whose pages have 500 messages each, cut into chunks of 100. */
export const givenPage = (
  pageNumber: number,
  messages: number,
  more: Partial<FactOf<"page.listed">> = {},
): FactOf<"page.listed"> => ({
  type: "page.listed",
  syncId: "s1",
  pageNumber,
  messageIds: Array.from({ length: messages }, (_, i) => `m${pageNumber}-${i}`),
  nextPageToken: `page-${pageNumber + 1}`,
  firstChunk: pageNumber * 5,
  chunkCount: Math.ceil(messages / 100),
  chunkSize: 100,
  listedBefore: pageNumber * 500,
  estimatedTotal: null,
  baseline: pageNumber === 0 ? "42" : null,
  stage: "listing",
  round: 0,
  since: "42",
  watermark: null,
  joined: 0,
  hadCopy: false,
  mark: `mark-${pageNumber}`,
  changes: null,
  ...more,
});

export const givenShare = (listed: number, more: Partial<Ledger> = {}): Ledger => ({
  ...emptyLedger,
  listed,
  stored: listed,
  ...more,
});

/** The first so many chunks of a sync are settled. */
export const givenProgress = (chunks: number, share: Ledger = givenShare(100)): ChunkProgress =>
  Array.from({ length: chunks }, (_, i) => i).reduce(
    (progress, chunkIndex) => settleChunk(progress, chunkIndex, share) ?? progress,
    noProgress,
  );

/** The fact that brought the checkpoint where it is. */
export const givenFetched = (
  progress: ChunkProgress,
  more: Partial<FactOf<"chunk.fetched">> = {},
): FactOf<"chunk.fetched"> => ({
  type: "chunk.fetched",
  syncId: "s1",
  chunkIndex: progress.settledCount - 1,
  pageNumber: 0,
  lane: "bulk",
  ledger: givenShare(100),
  attempt: 1,
  letters: [],
  mail: { added: [], changed: [], deleted: [] },
  progress,
  ...more,
});

export const givenChunkItem = (more: Partial<ChunkItem> = {}): ChunkItem => ({
  kind: "chunk",
  syncId: "s1",
  run: 0,
  chunkIndex: 3,
  pageNumber: 0,
  mark: "mark-0",
  messageIds: ["a", "b", "c", "d"],
  content: "full",
  refresh: false,
  changes: null,
  history: noHistory,
  ...more,
});

/** The dead letters 5, 6 and 7 of a sync, put back. */
export const givenRedriveItem = (more: Partial<RedriveItem> = {}): RedriveItem => ({
  kind: "redrive",
  syncId: "s1",
  chunkIndex: 3,
  messageIds: ["a", "b", "c"],
  ordinals: [5, 6, 7],
  content: "full",
  history: noHistory,
  ...more,
});

export const givenListItem = (pageNumber: number, more: Partial<ListItem> = {}): ListItem => ({
  kind: "list",
  syncId: "s1",
  run: 0,
  pageNumber,
  history: noHistory,
  ...more,
});

export const eventOf = <F extends Fact>(fact: F, id = "e1"): EventOf<F> => ({
  ...ref,
  id,
  time: at,
  source: "test",
  fact,
});
