import type { ActiveSync } from "../events/account-course.ts";
import type { FactOf } from "../events/facts.ts";
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
  const start = (chunkIndex - page.firstChunk) * page.chunkSize;
  return {
    kind: "enqueue",
    ref,
    lane: laneOf(active.mode, chunkIndex),
    dedupeId: `${page.syncId}.work.${chunkIndex}.${why}`,
    item: {
      syncId: page.syncId,
      chunkIndex,
      pageNumber: page.pageNumber,
      messageIds: page.messageIds.slice(start, start + page.chunkSize),
      content: active.content,
    },
  };
}
