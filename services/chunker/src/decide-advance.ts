import { isSettled, releasedCount } from "@millrace/shared/events/chunk-progress";
import { completeSync, endSync, isPaused } from "@millrace/shared/events/evolve-course";
import type { CourseFact, EventOf, Fact, FactOf } from "@millrace/shared/events/facts";
import { isBalanced } from "@millrace/shared/events/ledger";
import { workKey } from "@millrace/shared/events/work-item";
import { done, type Effect, ignore, type Outcome } from "@millrace/shared/runtime/outcome";
import {
  enqueueChunk,
  enqueueListing,
  holdsChunk,
  messagesListed,
  type Page,
  releasedInTurn,
} from "@millrace/shared/steps/cut-chunks";
import { chunksDue, isFinished, pageDue, type SyncSituation } from "@millrace/shared/steps/sync-situation";

/** What else was read because the situation called for it. */
export interface Readings {
  /** The pages that hold the chunks which this event releases. */
  readonly pages: readonly Page[];
  /** Work that is queued or claimed already; read only where this event may find some. */
  readonly queued: ReadonlySet<string>;
}

/** Facts after which everything that is outstanding is planned, whatever was planned before. */
const planningFacts: ReadonlySet<Fact["type"]> = new Set<Fact["type"]>([
  "sync.started",
  "sync.resumed",
  "sync.rebased",
  "sync.stalled",
  "account.reconnected",
  "account.restored",
]);

const plansAnew = ({ fact }: EventOf): boolean => planningFacts.has(fact.type);

/**
 * The chunks that this event puts on the queue. Chunks are released in order: the c-th settled chunk releases
 * chunk `window + c - 1`, and a new page releases those of its own that the window reaches already. Each chunk
 * has one fact that releases it, so a crash costs a redelivery and never a chunk.
 */
export function chunksReleasedBy(event: EventOf, situation: SyncSituation): number[] {
  const { fact } = event;
  const { active, progress } = situation;
  if (plansAnew(event)) return chunksDue(situation);
  if (isChunkSettled(fact)) {
    const chunkIndex = releasedCount(fact.progress, active.windowChunks) - 1;
    return isSettled(progress, chunkIndex) ? [] : [chunkIndex];
  }
  if (fact.type !== "page.listed") return [];
  return chunksDue(situation).filter((chunkIndex) => holdsChunk(fact, chunkIndex));
}

/** The page whose listing follows from this event; null when none does. */
export function listingDueBy(event: EventOf, situation: SyncSituation): number | null {
  const { fact } = event;
  const page = pageDue(situation)?.pageNumber ?? null;
  if (page === null || plansAnew(event)) return page;
  if (fact.type === "page.listed") return fact.pageNumber + 1 === page ? page : null;
  if (!isChunkSettled(fact)) return null;
  // Of all settled chunks the one that makes the page due; the page before covers the others.
  const { progress } = fact;
  const before = { ...progress, settledCount: progress.settledCount - 1 };
  const isByThis =
    pageDue({ ...situation, progress }) !== null && pageDue({ ...situation, progress: before }) === null;
  return isByThis ? page : null;
}

/**
 * Moves a running sync forward: release chunks, have the next page listed, or complete.
 *
 * Consumes facts about the sync; puts work on the queue, emits `sync.completed` (expecting the course not to have
 * moved). A redelivery repeats what it did: the log refuses the second completion, and work that is queued twice
 * is settled once. A paused sync does not move: whatever resumes it plans all that is outstanding.
 */
export function decideAdvance(event: EventOf, situation: SyncSituation, readings: Readings): Outcome {
  if (isPaused(situation.course, situation.active.syncId)) return ignore("the sync is paused");
  const effects: Effect[] = [...releases(event, situation, readings), ...listing(event, situation, readings)];
  if (isFinished(situation)) effects.push(completionEffect(situation));
  return effects.length > 0 ? done(...effects) : ignore("nothing follows from it");
}

function releases(event: EventOf, situation: SyncSituation, { pages, queued }: Readings): Effect[] {
  return chunksReleasedBy(event, situation).flatMap((chunkIndex) => {
    const page = pages.find((candidate) => holdsChunk(candidate, chunkIndex));
    if (page === undefined) return [];
    const effect = enqueueChunk(situation, page, chunkIndex, idOfPlan(event));
    return queued.has(workKey(effect.item)) ? [] : [effect];
  });
}

function listing(event: EventOf, situation: SyncSituation, { queued }: Readings): Effect[] {
  const pageNumber = listingDueBy(event, situation);
  if (pageNumber === null) return [];
  const effect = enqueueListing(situation, pageNumber, idOfPlan(event));
  return queued.has(workKey(effect.item)) ? [] : [effect];
}

/** What was planned in the course of things has one id; what is put back must not be taken for it. */
function idOfPlan(event: EventOf): string {
  return event.fact.type === "sync.stalled" ? event.id : releasedInTurn;
}

/** True for a fact that settles a chunk. */
export function isChunkSettled(fact: Fact): fact is FactOf<"chunk.fetched"> | FactOf<"chunk.dead_lettered"> {
  return fact.type === "chunk.fetched" || fact.type === "chunk.dead_lettered";
}

/** Rule I2: completed only when everything listed is accounted for; a remainder is reported, not hidden. */
function completionEffect(situation: SyncSituation): Effect {
  const { ref, course, courseSeq, active, newestPage, progress } = situation;
  const { syncId } = active;
  const listed = messagesListed(newestPage);
  const ledger = { ...progress.ledger, listed };
  const watermark = watermarkAfter(situation);
  const fact: CourseFact = isBalanced(ledger)
    ? {
        type: "sync.completed",
        syncId,
        status: ledger.deadLettered === 0 ? "completed" : "partial",
        ledger,
        revision: progress.revision,
        chunkCount: progress.settledCount,
        watermark,
        course: completeSync(course, syncId, watermark),
      }
    : {
        type: "sync.failed",
        syncId,
        category: "ledger_imbalance",
        message: `Listed ${listed} messages, but the chunks account for ${JSON.stringify(progress.ledger)}. This is a bug.`,
        request: null,
        course: endSync(course, syncId),
      };
  return { kind: "append", ref, eventId: `${syncId}.ended`, expectedSeq: courseSeq, fact };
}

/**
 * Rule I3: the account is complete up to where its changes were read, once all of them are settled. A sync that has
 * read none leaves the watermark where it was.
 */
function watermarkAfter({ newestPage }: SyncSituation): string | null {
  return newestPage?.stage === "changes" ? newestPage.watermark : null;
}
