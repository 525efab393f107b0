import type { ActiveSync } from "../events/account-course.ts";
import { noHistory } from "../events/attempt.ts";
import type { FactOf } from "../events/facts.ts";
import type { NetChange } from "../events/message-change.ts";
import type { AccountRef } from "../events/subjects.ts";
import { laneOf } from "../events/work-item.ts";
import type { EnqueueEffect } from "../runtime/outcome.ts";

export type Page = FactOf<"page.listed">;

/** How many chunks a listing has so far. @param page its newest page */
export const chunksListed = (page: Page | null): number =>
  page === null ? 0 : page.firstChunk + page.chunkCount;

/** How many messages a listing has so far. @param page its newest page */
export const messagesListed = (page: Page | null): number =>
  page === null ? 0 : page.listedBefore + page.messageIds.length;

/** True when a page holds this chunk. */
export function holdsChunk(page: Page, chunkIndex: number): boolean {
  return page.firstChunk <= chunkIndex && chunkIndex < page.firstChunk + page.chunkCount;
}

/** The messages of a chunk, as its page has them. */
export function cutChunk({ messageIds, firstChunk, chunkSize }: Page, chunkIndex: number): string[] {
  const start = (chunkIndex - firstChunk) * chunkSize;
  return messageIds.slice(start, start + chunkSize);
}

/** What has become of the messages of a chunk; null where its page does not say. */
export function cutChanges({ changes, firstChunk, chunkSize }: Page, chunkIndex: number): NetChange[] | null {
  const start = (chunkIndex - firstChunk) * chunkSize;
  return changes?.slice(start, start + chunkSize) ?? null;
}

/** Part of the id of work that was planned in the course of things: whoever plans it, it is planned once. */
export const releasedInTurn = "released";

/**
 * A chunk as work, cut out of its page.
 *
 * @param why part of the id that spares duplicates: a chunk that is put back must not be taken for its first release
 */
export function enqueueChunk(
  { ref, active }: { readonly ref: AccountRef; readonly active: ActiveSync },
  page: Page,
  chunkIndex: number,
  why: string,
): EnqueueEffect {
  const { syncId, run } = active;
  return {
    kind: "enqueue",
    ref,
    lane: laneOf(active.mode, chunkIndex),
    dedupeId: `${syncId}.chunk.${chunkIndex}.run.${run}.${why}`,
    dueAtMs: null,
    item: {
      kind: "chunk",
      syncId,
      run,
      chunkIndex,
      pageNumber: page.pageNumber,
      mark: page.mark,
      messageIds: cutChunk(page, chunkIndex),
      content: active.content,
      refresh: page.stage === "findings" || page.stage === "reconcile",
      changes: cutChanges(page, chunkIndex),
      history: noHistory,
    },
  };
}

/** The next page of a sync's listing, as work. */
export function enqueueListing(
  { ref, active }: { readonly ref: AccountRef; readonly active: ActiveSync },
  pageNumber: number,
  why: string,
): EnqueueEffect {
  const { syncId, run } = active;
  return {
    kind: "enqueue",
    ref,
    lane: "list",
    dedupeId: `${syncId}.list.${pageNumber}.run.${run}.${why}`,
    dueAtMs: null,
    item: { kind: "list", syncId, run, pageNumber, history: noHistory },
  };
}
