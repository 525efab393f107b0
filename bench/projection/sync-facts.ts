import type { Random } from "@millrace/gmail-simulator/random";
import type { AccountCourse } from "@millrace/shared/events/account-course";
import { type ChunkProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import type { FactOf } from "@millrace/shared/events/facts";
import { emptyLedger } from "@millrace/shared/events/ledger";

export const chunkSize = 100;
export const windowChunks = 4;
export const pagesMax = 4;
const pageSizes = [100, 200, 300, 400, 500] as const;
const letterShare = 0.01;

/** Some messages of a page, as they are fetched. */
export interface Chunk {
  readonly index: number;
  readonly pageNumber: number;
  readonly messageIds: readonly string[];
}

/** Where a listing stands. */
interface PageSituation {
  readonly syncId: string;
  readonly pageNumber: number;
  readonly isLast: boolean;
  readonly isFirst: boolean;
  readonly listed: number;
  readonly progress: ChunkProgress;
  readonly outstanding: readonly Chunk[];
}

export function listPage(at: PageSituation, random: Random): FactOf<"page.listed"> {
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

export const noChanges = (
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

export function chunksOf({ pageNumber, firstChunk, chunkCount, messageIds }: FactOf<"page.listed">): Chunk[] {
  return Array.from({ length: chunkCount }, (_, i) => ({
    index: firstChunk + i,
    pageNumber,
    messageIds: messageIds.slice(i * chunkSize, (i + 1) * chunkSize),
  }));
}

export const failedAttempt = (
  syncId: string,
  chunk: Chunk,
  nextAt: string,
): FactOf<"chunk.attempt_failed"> => ({
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
});

export function settle(
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
    releases: { chunkIndex: index + windowChunks, run: 0 },
  };
}

export const completed = (
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
