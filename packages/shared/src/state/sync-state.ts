import type { AccountCourse } from "../events/account-course.ts";
import type { ChunkProgress } from "../events/chunk-progress.ts";
import type { FactOf } from "../events/facts.ts";
import type { AccountRef } from "../events/subjects.ts";

/** An account's course with the sequence of the fact that carries it: what an append has to expect. */
export interface CourseAt {
  readonly course: AccountCourse;
  /** 0 when the log has no fact about the account's syncs. */
  readonly seq: number;
}

/** A sync's checkpoint with the sequence of the fact that carries it. */
export interface ProgressAt {
  readonly progress: ChunkProgress;
  /** 0 when the log has none of this sync. */
  readonly seq: number;
}

/**
 * Where the state of syncs is read. The newest fact on a subject of the log is the truth; where the log has none
 * (it forgets by age, and a broker can be lost), the copy of the facts in Postgres takes its place.
 */
export interface SyncState {
  course(ref: AccountRef): Promise<CourseAt>;
  /** The newest page of a sync's listing; null before the first. */
  newestPage(ref: AccountRef, syncId: string): Promise<FactOf<"page.listed"> | null>;
  /** The same, with the sequence of the last message among the pages that the log has; 0 when it has none. */
  newestPageAt(
    ref: AccountRef,
    syncId: string,
  ): Promise<{ readonly page: FactOf<"page.listed"> | null; readonly seq: number }>;
  page(ref: AccountRef, syncId: string, pageNumber: number): Promise<FactOf<"page.listed"> | null>;
  progress(ref: AccountRef, syncId: string): Promise<ProgressAt>;
  /** The furthest checkpoint that Postgres has, whatever the log has. */
  toldProgress(ref: AccountRef, syncId: string): Promise<ChunkProgress>;
  /** True when a sync of this id has run or ended before: a request may be published again after any time (rule I4). */
  hasRunBefore(ref: AccountRef, syncId: string): Promise<boolean>;
}

/** What is on the work queue. */
export interface WorkQueue {
  /** Keys (`workKey`) of a sync's work that is queued, claimed, or not due yet. */
  keysOf(ref: AccountRef, syncId: string): Promise<ReadonlySet<string>>;
}
