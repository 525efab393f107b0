import type { AccountCourse, ActiveSync, Stage } from "../events/account-course.ts";
import { type ChunkProgress, outstandingChunks, releasedCount } from "../events/chunk-progress.ts";
import type { AccountRef } from "../events/subjects.ts";
import type { SyncState } from "../state/sync-state.ts";
import { chunksListed, type Page } from "./cut-chunks.ts";

/** Where a running sync stands. */
export interface SyncSituation {
  readonly ref: AccountRef;
  readonly course: AccountCourse;
  readonly courseSeq: number;
  readonly active: ActiveSync;
  /** The newest page of the listing; null before the first. */
  readonly newestPage: Page | null;
  readonly progress: ChunkProgress;
}

/** Null when this sync is not the account's active one. */
export async function readSituation(
  state: SyncState,
  { tenantId, accountId }: AccountRef,
  syncId: string,
): Promise<SyncSituation | null> {
  const ref = { tenantId, accountId };
  const [{ course, seq: courseSeq }, newestPage, { progress }] = await Promise.all([
    state.course(ref),
    state.newestPage(ref, syncId),
    state.progress(ref, syncId),
  ]);
  const { active } = course;
  if (active?.syncId !== syncId) return null;
  return { ref, course, courseSeq, active, newestPage, progress };
}

/** A page that has to be listed. */
export interface PageDue {
  readonly pageNumber: number;
  readonly stage: Stage;
  /** It goes on where the page before ends; else it is the first of its stage. */
  readonly isNext: boolean;
}

type Listing = Pick<SyncSituation, "active" | "newestPage" | "progress">;

/**
 * The page that has to be listed now, because the window reaches past the last listed chunk; null when none has.
 * A stage begins when everything before it is settled, and so does each page of changes: the changes of a message are
 * applied in order.
 */
export function pageDue({ active, newestPage, progress }: Listing): PageDue | null {
  const [firstStage = "listing"] = active.plan;
  if (newestPage === null) return { pageNumber: 0, stage: firstStage, isNext: false };
  const pageNumber = newestPage.pageNumber + 1;
  const isSettled = progress.settledCount === chunksListed(newestPage);
  if (newestPage.round < active.round)
    return isSettled ? { pageNumber, stage: firstStage, isNext: false } : null;
  const { stage, nextPageToken } = newestPage;
  if (nextPageToken !== null) {
    const reachesOn = releasedCount(progress, active.windowChunks) > chunksListed(newestPage);
    const isDue = stage === "changes" ? isSettled : reachesOn;
    return isDue ? { pageNumber, stage, isNext: true } : null;
  }
  const nextStage = stageAfter(active, newestPage);
  return nextStage !== null && isSettled ? { pageNumber, stage: nextStage, isNext: false } : null;
}

/** The stage that follows when a page was the last of its own; null when none does. */
function stageAfter(
  { plan, joined }: ActiveSync,
  { stage, hadCopy, joined: joinedBefore }: Page,
): Stage | null {
  if (stage === "changes" && joinedBefore < joined) return "changes";
  const rest = plan.slice(plan.indexOf(stage) + 1);
  return rest.find((next) => next !== "reconcile" || hadCopy) ?? null;
}

/** Chunks that must be queued or claimed now. */
export function chunksDue({ active, newestPage, progress }: SyncSituation): number[] {
  const released = Math.min(releasedCount(progress, active.windowChunks), chunksListed(newestPage));
  return outstandingChunks(progress, released);
}

/** True when everything is listed and every chunk is settled. */
export function isFinished({ active, newestPage, progress }: Listing): boolean {
  if (newestPage === null || newestPage.round < active.round || newestPage.nextPageToken !== null)
    return false;
  return stageAfter(active, newestPage) === null && progress.settledCount === chunksListed(newestPage);
}
