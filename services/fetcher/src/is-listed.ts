import type { AccountRef } from "@millrace/shared/events/subjects";
import type { ChunkItem } from "@millrace/shared/events/work-item";
import type { SyncState } from "@millrace/shared/state/sync-state";
import { cutChunk, holdsChunk } from "@millrace/shared/steps/cut-chunks";

/**
 * True when the listing has this chunk with just these messages. A log that was restored from an older copy may lack
 * the page that a piece of work was cut from; it is listed anew then, and may hold other messages. To settle the chunk
 * for those of the lost page would hide them.
 */
export async function isListed(
  state: Pick<SyncState, "newestPage" | "page">,
  ref: AccountRef,
  { syncId, pageNumber, chunkIndex, messageIds }: ChunkItem,
): Promise<boolean> {
  const newest = await state.newestPage(ref, syncId);
  if (newest === null || newest.pageNumber < pageNumber) return false;
  const page = newest.pageNumber === pageNumber ? newest : await state.page(ref, syncId, pageNumber);
  if (page === null || !holdsChunk(page, chunkIndex)) return false;
  const listed = cutChunk(page, chunkIndex);
  return listed.length === messageIds.length && listed.every((id, i) => id === messageIds[i]);
}
