import { isPaused, nextToStart } from "@millrace/shared/events/evolve-course";
import type { FactOf } from "@millrace/shared/events/facts";
import { chunkKey, workKey } from "@millrace/shared/events/work-item";
import { enqueueListing } from "@millrace/shared/steps/cut-chunks";
import { chunksDue, isFinished, pageDue, type SyncSituation } from "@millrace/shared/steps/sync-situation";

const chunksMax = 1_000;

/** What must be queued or claimed, and is neither. */
export interface MissingWork {
  readonly chunkIndexes: readonly number[];
  readonly pageNumber: number | null;
  /** Nothing is left to do, and yet the sync has not ended. */
  readonly isUnended: boolean;
}

/** @param queued keys of the sync's work that is queued, claimed or not due yet */
export function missingWork(situation: SyncSituation, queued: ReadonlySet<string>): MissingWork {
  if (isPaused(situation.course, situation.active.syncId)) return nothingMissing;
  const page = pageDue(situation)?.pageNumber ?? null;
  const isListing = page !== null && queued.has(workKey(enqueueListing(situation, page, "").item));
  return {
    chunkIndexes: chunksDue(situation)
      .filter((chunkIndex) => !queued.has(chunkKey(situation.active.run, chunkIndex)))
      .slice(0, chunksMax),
    pageNumber: isListing ? null : page,
    isUnended: isFinished(situation),
  };
}

export const nothingMissing: MissingWork = { chunkIndexes: [], pageNumber: null, isUnended: false };

export const isMissingAny = ({ chunkIndexes, pageNumber, isUnended }: MissingWork): boolean =>
  chunkIndexes.length > 0 || pageNumber !== null || isUnended;

/** What is missing both times: work that was just released or just settled looks missing for a moment. */
export function missingTwice(first: MissingWork, second: MissingWork): MissingWork {
  return {
    chunkIndexes: second.chunkIndexes.filter((chunkIndex) => first.chunkIndexes.includes(chunkIndex)),
    pageNumber: first.pageNumber === second.pageNumber ? second.pageNumber : null,
    isUnended: first.isUnended && second.isUnended,
  };
}

/** The fact that makes the chunker plan what is missing. */
export function stalledFact(syncId: string, missing: MissingWork): FactOf<"sync.stalled"> {
  const { chunkIndexes, pageNumber, isUnended } = missing;
  return {
    type: "sync.stalled",
    syncId,
    chunkIndexes: [...chunkIndexes],
    pageNumber,
    reason: isUnended
      ? "everything is settled, but the sync did not end"
      : "outstanding, but neither queued nor claimed",
  };
}

/** True when this sync could start, and does not. */
export function isNotStarting({ course }: Pick<SyncSituation, "course">, syncId: string): boolean {
  return nextToStart(course)?.syncId === syncId;
}
