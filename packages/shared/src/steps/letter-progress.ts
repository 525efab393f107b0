import { isUnderWay } from "../events/evolve-course.ts";
import type { AccountRef } from "../events/subjects.ts";
import type { ProgressAt, SyncState } from "../state/sync-state.ts";

/**
 * The checkpoint by which dead letters of a sync are settled. A log that was restored from an older copy may lack those
 * that Postgres knows. While the sync is under way it is worked on from what the log has, and they come again; once it
 * has ended nobody does that, and they are settled by what Postgres has.
 */
export async function letterProgress(
  state: Pick<SyncState, "course" | "progress" | "toldProgress">,
  ref: AccountRef,
  syncId: string,
): Promise<ProgressAt> {
  const [{ course }, logged] = await Promise.all([state.course(ref), state.progress(ref, syncId)]);
  if (isUnderWay(course, syncId)) return logged;
  const told = await state.toldProgress(ref, syncId);
  return told.revision > logged.progress.revision ? { progress: told, seq: logged.seq } : logged;
}
