import type { AccountCourse, ActiveSync } from "../events/account-course.ts";
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
  const { course, seq: courseSeq } = await state.course(ref);
  const { active } = course;
  if (active?.syncId !== syncId) return null;
  const [newestPage, { progress }] = await Promise.all([
    state.newestPage(ref, syncId),
    state.progress(ref, syncId),
  ]);
  return { ref, course, courseSeq, active, newestPage, progress };
}

/** The page that has to be listed now, because the window reaches past the last listed chunk; null when none has. */
export function pageDue({ active, newestPage, progress }: SyncSituation): number | null {
  if (newestPage === null) return 0;
  const reachesOn = releasedCount(progress, active.windowChunks) > chunksListed(newestPage);
  return newestPage.nextPageToken !== null && reachesOn ? newestPage.pageNumber + 1 : null;
}

/** Chunks that must be queued or claimed now. */
export function chunksDue({ active, newestPage, progress }: SyncSituation): number[] {
  const released = Math.min(releasedCount(progress, active.windowChunks), chunksListed(newestPage));
  return outstandingChunks(progress, released);
}

/** True when everything is listed and every chunk is settled. */
export function isFinished({ newestPage, progress }: SyncSituation): boolean {
  return newestPage?.nextPageToken === null && progress.settledCount === chunksListed(newestPage);
}
