import type { Random } from "@millrace/gmail-simulator/random";
import { type AccountCourse, type ActiveSync, idleCourse } from "@millrace/shared/events/account-course";
import { type ChunkProgress, noProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import { completeSync, fullPlan, startSync } from "@millrace/shared/events/evolve-course";
import type { Fact, FactOf } from "@millrace/shared/events/facts";
import { derivedSyncId } from "@millrace/shared/events/identifiers";
import { emptyLedger } from "@millrace/shared/events/ledger";
import type { AccountRef } from "@millrace/shared/events/subjects";

const chunkSize = 100;
const pageSizes = [100, 200, 300, 400, 500] as const;
const pagesMax = 4;
/** A page is listed while so many chunks of the one before are still outstanding. */
const outstandingAtPage = 2;
const window = 4;
const failureShare = 0.02;
const letterShare = 0.01;

/** A fact, and the id that the service that appends it gives it. */
export interface Told {
  readonly eventId: string;
  readonly fact: Fact;
}

/** One account, and what has become of its syncs. */
export interface HistoryAccount {
  readonly ref: AccountRef;
  course: AccountCourse;
  syncs: number;
}

export const newAccount = (ref: AccountRef): HistoryAccount => ({ ref, course: idleCourse, syncs: 0 });

/**
 * The facts of one sync from its start to its end, as the services would tell them: pages of 100 to 500 ids, chunks of 100
 * settled about in order, now and then a failed attempt or a dead letter. An account's first sync takes in all, later
 * ones find most of a part unchanged.
 *
 * @param atMs the time that the facts bear
 */
export function* syncHistory(account: HistoryAccount, random: Random, atMs: () => number): Generator<Told> {
  const isFirst = account.syncs === 0;
  const sync = begin(account, iso(atMs()), isFirst);
  const { syncId } = sync;
  account.course = startSync(account.course, sync);
  const request = { syncId, mode: "full", trigger: "api", requestedAt: sync.startedAt } as const;
  yield {
    eventId: `${syncId}.started`,
    fact: { type: "sync.started", syncId, sync, request, course: account.course },
  };
  const pages = 1 + random.below(pagesMax);
  let progress = noProgress;
  let listed = 0;
  const outstanding: Chunk[] = [];
  for (let pageNumber = 0; pageNumber < pages; pageNumber++) {
    const isLast = pageNumber + 1 === pages;
    const page = listPage({ syncId, pageNumber, isLast, isFirst, listed, progress, outstanding }, random);
    listed += page.messageIds.length;
    yield { eventId: `${syncId}.page.${pageNumber}`, fact: page };
    outstanding.push(...chunksOf(page));
    while (outstanding.length > (isLast ? 0 : outstandingAtPage)) {
      const [chunk] = outstanding.splice(random.below(Math.min(window, outstanding.length)), 1);
      if (chunk === undefined) break;
      if (random.chance(failureShare)) yield failedAttempt(syncId, chunk, iso(atMs()));
      const fetched = settle(syncId, chunk, progress, isFirst, random);
      progress = fetched.progress;
      yield { eventId: `${syncId}.chunk.${chunk.index}.settled`, fact: fetched };
    }
  }
  const watermark = isFirst ? String(1_000 + account.syncs) : null;
  if (isFirst) yield { eventId: `${syncId}.page.${pages}`, fact: noChanges(syncId, pages, listed, progress) };
  account.course = completeSync(account.course, syncId, watermark);
  yield { eventId: `${syncId}.ended`, fact: completed(syncId, progress, watermark, account.course) };
}

interface Chunk {
  readonly index: number;
  readonly pageNumber: number;
  readonly messageIds: readonly string[];
}

const iso = (ms: number): string => new Date(ms).toISOString();

function begin(account: HistoryAccount, startedAt: string, isFirst: boolean): ActiveSync {
  return {
    syncId: derivedSyncId(account.ref, String(account.syncs++)),
    mode: "full",
    requestedMode: "full",
    scope: isFirst ? {} : { query: "newer_than:30d" },
    chunkSize,
    windowChunks: window,
    content: "full",
    startedAt,
    run: 0,
    plan: isFirst ? [...fullPlan] : ["listing"],
    since: null,
    round: 0,
    joined: 0,
  };
}

interface PageSituation {
  readonly syncId: string;
  readonly pageNumber: number;
  readonly isLast: boolean;
  readonly isFirst: boolean;
  readonly listed: number;
  readonly progress: ChunkProgress;
  readonly outstanding: readonly Chunk[];
}

function listPage(at: PageSituation, random: Random): FactOf<"page.listed"> {
  const size = at.isLast ? random.pick(pageSizes) : 500;
  return {
    ...emptyPage(at.syncId, at.pageNumber, at.listed, at.progress.settledCount + at.outstanding.length),
    messageIds: Array.from({ length: size }, () => providerId(random)),
    nextPageToken: at.isLast ? null : String(random.next()),
    chunkCount: Math.ceil(size / chunkSize),
    estimatedTotal: pagesMax * 500,
    baseline: at.pageNumber === 0 ? "1000" : null,
    hadCopy: !at.isFirst,
  };
}

const emptyPage = (
  syncId: string,
  pageNumber: number,
  listedBefore: number,
  firstChunk: number,
): FactOf<"page.listed"> => ({
  type: "page.listed",
  syncId,
  pageNumber,
  messageIds: [],
  nextPageToken: null,
  mark: `${syncId.slice(-8)}${pageNumber}`,
  firstChunk,
  chunkCount: 0,
  chunkSize,
  listedBefore,
  estimatedTotal: null,
  baseline: null,
  stage: "listing",
  round: 0,
  since: "1000",
  watermark: null,
  joined: 0,
  hadCopy: false,
  changes: null,
});

const noChanges = (
  syncId: string,
  pageNumber: number,
  listed: number,
  { settledCount }: ChunkProgress,
): FactOf<"page.listed"> => ({
  ...emptyPage(syncId, pageNumber, listed, settledCount),
  stage: "changes",
  watermark: "1001",
  changes: [],
});

/** As Gmail's: 16 hexadecimal digits. */
const providerId = (random: Random): string =>
  random.next().toString(16).padStart(8, "0") + random.next().toString(16).padStart(8, "0");

function chunksOf({ pageNumber, firstChunk, chunkCount, messageIds }: FactOf<"page.listed">): Chunk[] {
  return Array.from({ length: chunkCount }, (_, i) => ({
    index: firstChunk + i,
    pageNumber,
    messageIds: messageIds.slice(i * chunkSize, (i + 1) * chunkSize),
  }));
}

const failedAttempt = (syncId: string, chunk: Chunk, nextAt: string): Told => ({
  eventId: `${syncId}.chunk.${chunk.index}.attempt.1.${nextAt}`,
  fact: {
    type: "chunk.attempt_failed",
    syncId,
    category: "transient",
    message: "Gmail answered 503",
    attempt: 1,
    next: "retry",
    nextAt,
    chunkIndex: chunk.index,
    settled: 0,
    open: chunk.messageIds.length,
    isRedrive: false,
  },
});

function settle(
  syncId: string,
  { index, pageNumber, messageIds }: Chunk,
  before: ChunkProgress,
  isFirst: boolean,
  random: Random,
): FactOf<"chunk.fetched"> {
  const listed = messageIds.length;
  const deadLettered = random.chance(letterShare) ? 1 : 0;
  const stored = isFirst ? listed - deadLettered : random.below(5);
  const unchanged = listed - deadLettered - stored;
  const ledger = { ...emptyLedger, listed, stored, unchanged, deadLettered };
  const progress = settleChunk(before, index, ledger);
  if (progress === null) throw new Error(`Chunk ${index} is settled already`);
  const touched = messageIds.slice(deadLettered, deadLettered + stored);
  return {
    type: "chunk.fetched",
    syncId,
    chunkIndex: index,
    pageNumber,
    lane: "bulk",
    ledger,
    attempt: 1,
    letters: messageIds.slice(0, deadLettered).map((messageId, i) => ({
      ordinal: before.letterCount + i,
      messageId,
      category: "bad_item" as const,
      message: "The message cannot be read",
    })),
    mail: { added: isFirst ? touched : [], changed: isFirst ? [] : touched, deleted: [] },
    progress,
    releases: { chunkIndex: index + window, run: 0 },
  };
}

const completed = (
  syncId: string,
  { ledger, revision, settledCount }: ChunkProgress,
  watermark: string | null,
  course: AccountCourse,
): FactOf<"sync.completed"> => ({
  type: "sync.completed",
  syncId,
  status: ledger.deadLettered === 0 ? "completed" : "partial",
  ledger,
  revision,
  chunkCount: settledCount,
  watermark,
  course,
});
