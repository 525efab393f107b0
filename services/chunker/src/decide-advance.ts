import type { AccountCourse, ActiveSync } from "@millrace/shared/events/account-course";
import { type ChunkProgress, isSettled, releasedCount } from "@millrace/shared/events/chunk-progress";
import { completeSync, failSync } from "@millrace/shared/events/evolve-course";
import type { CourseFact, EventOf, Fact } from "@millrace/shared/events/facts";
import { isBalanced } from "@millrace/shared/events/ledger";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { ListedPage, ProviderFault, ProviderResult } from "@millrace/shared/providers/mail-provider";
import { outcomeOfFault } from "@millrace/shared/providers/outcome-of-fault";
import { done, type Effect, ignore, type Outcome } from "@millrace/shared/runtime/outcome";
import type { Moment } from "@millrace/shared/runtime/step";
import { chunksListed, enqueueChunk, messagesListed, type Page } from "@millrace/shared/steps/cut-chunks";

/** Where a sync stands, read after the event that is being handled. */
export interface SyncSituation {
  readonly ref: AccountRef;
  readonly course: AccountCourse;
  readonly courseSeq: number;
  readonly active: ActiveSync;
  /** The newest page of the listing; null before the first. */
  readonly newestPage: Page | null;
  /** The newest checkpoint. */
  readonly progress: ChunkProgress;
}

/** What else was read because the situation called for it. */
export interface Readings {
  /** The page that holds the chunk which this event releases. */
  readonly releasePage: Page | null;
  /** The provider's next page, when the window reaches past what is listed. */
  readonly listed: ProviderResult<ListedPage> | null;
  readonly attempt: number;
  /** Chunks that are queued or claimed already; read only for a fact that comes again. */
  readonly queued: ReadonlySet<number>;
}

/** A listing that is refused for an unknown reason is tried so often; then the sync ends and says why. */
const unknownFaultsMax = 10;

/** True when the window reaches past the last listed chunk and the provider has more: the next page is due. */
export function needsListing({ active, newestPage, progress }: SyncSituation): boolean {
  const hasMore = newestPage === null || newestPage.nextPageToken !== null;
  return hasMore && releasedCount(progress, active.windowChunks) > chunksListed(newestPage);
}

/**
 * The chunks that this event puts on the queue. Chunks are released in order: the c-th settled chunk releases
 * chunk `window + c - 1`, and a new page releases those of its own that the window reaches already. Each chunk
 * has one fact that releases it, so a crash costs a redelivery and never a chunk.
 */
export function chunksReleasedBy(event: EventOf, { active, progress }: SyncSituation): number[] {
  const { fact } = event;
  if (fact.type === "chunk.fetched") return [releasedCount(fact.progress, active.windowChunks) - 1];
  if (fact.type !== "page.listed") return [];
  const end = Math.min(fact.firstChunk + fact.chunkCount, releasedCount(progress, active.windowChunks));
  return Array.from({ length: Math.max(0, end - fact.firstChunk) }, (_, i) => fact.firstChunk + i);
}

/**
 * Moves a running sync forward: release chunks, list the next page, or complete.
 *
 * Consumes `sync.started`, `page.listed` and `chunk.fetched`; puts chunks on the queue, emits `page.listed`
 * (first writer wins) and `sync.completed` (expecting the course not to have moved). A redelivery repeats
 * what it did: the log refuses the second page and the second completion, and a chunk that is queued twice
 * is settled once.
 */
export function decideAdvance(
  event: EventOf,
  situation: SyncSituation,
  readings: Readings,
  moment: Moment,
): Outcome {
  const effects: Effect[] = releaseEffects(event, situation, readings);
  if (readings.listed !== null) {
    const { listed } = readings;
    if (!listed.ok) return decideUnlisted(listed.fault, situation, readings, effects, moment);
    effects.push(pageEffect(situation, listed.value));
  }
  if (isFinished(situation)) effects.push(completionEffect(situation));
  return effects.length > 0 ? done(...effects) : ignore("nothing follows from it");
}

/** The releases do not wait for the listing; the listing is tried again when the fact comes again. */
function decideUnlisted(
  fault: ProviderFault,
  situation: SyncSituation,
  { attempt }: Readings,
  effects: readonly Effect[],
  moment: Moment,
): Outcome {
  if (fault.category !== "unknown" || attempt < unknownFaultsMax) {
    return { ...outcomeOfFault(fault, attempt, moment), effects };
  }
  const { syncId } = situation.active;
  return done(
    appendEnd(situation, {
      type: "sync.failed",
      syncId,
      category: fault.category,
      message: `The mailbox cannot be listed: ${fault.message}`,
      request: null,
      course: failSync(situation.course, syncId),
    }),
  );
}

function releaseEffects(event: EventOf, situation: SyncSituation, readings: Readings): Effect[] {
  const page = readings.releasePage;
  if (page === null) return [];
  return chunksReleasedBy(event, situation)
    .filter((chunkIndex) => !isSettled(situation.progress, chunkIndex) && !readings.queued.has(chunkIndex))
    .filter((chunkIndex) => page.firstChunk <= chunkIndex && chunkIndex < page.firstChunk + page.chunkCount)
    .map((chunkIndex) => enqueueChunk(situation, page, chunkIndex, "released"));
}

function pageEffect({ ref, active, newestPage }: SyncSituation, listed: ListedPage): Effect {
  const pageNumber = newestPage === null ? 0 : newestPage.pageNumber + 1;
  const fact: Fact = {
    type: "page.listed",
    syncId: active.syncId,
    pageNumber,
    messageIds: [...listed.ids],
    nextPageToken: listed.nextPageToken,
    firstChunk: chunksListed(newestPage),
    chunkCount: Math.ceil(listed.ids.length / active.chunkSize),
    chunkSize: active.chunkSize,
    listedBefore: messagesListed(newestPage),
    estimatedTotal: listed.estimatedTotal,
  };
  return { kind: "append", ref, eventId: `${active.syncId}.page.${pageNumber}`, expectedSeq: 0, fact };
}

function isFinished({ newestPage, progress }: SyncSituation): boolean {
  return newestPage?.nextPageToken === null && progress.settledCount === chunksListed(newestPage);
}

/** Rule I2: completed only when everything listed is accounted for; a remainder is reported, not hidden. */
function completionEffect(situation: SyncSituation): Effect {
  const { course, active, newestPage, progress } = situation;
  const { syncId } = active;
  const listed = messagesListed(newestPage);
  const ledger = { ...progress.ledger, listed };
  const fact: CourseFact = isBalanced(ledger)
    ? {
        type: "sync.completed",
        syncId,
        status: ledger.deadLettered === 0 ? "completed" : "partial",
        ledger,
        chunkCount: progress.settledCount,
        watermark: watermarkAfter(situation),
        course: completeSync(course, watermarkAfter(situation)),
      }
    : {
        type: "sync.failed",
        syncId,
        category: "ledger_imbalance",
        message: `Listed ${listed} messages, but the chunks account for ${JSON.stringify(progress.ledger)}. This is a bug.`,
        request: null,
        course: failSync(course, syncId),
      };
  return appendEnd(situation, fact);
}

function appendEnd({ ref, courseSeq, active }: SyncSituation, fact: CourseFact): Effect {
  return { kind: "append", ref, eventId: `${active.syncId}.ended`, expectedSeq: courseSeq, fact };
}

/**
 * Rule I3. A sync that looked at a part of the mailbox does not make the account complete up to its baseline. Nor
 * does a full sync over a copy that is there: it skips what is stored, so changes since the watermark before are
 * still to be read, and the watermark stays.
 */
function watermarkAfter({ active, course }: SyncSituation): string | null {
  const { scope, baseline } = active;
  return scope.query === undefined && scope.labelIds === undefined ? (course.watermark ?? baseline) : null;
}
