import type { AccountRef } from "@millrace/shared/events/subjects";
import type { ChunkItem } from "@millrace/shared/events/work-item";
import type { SyncState } from "@millrace/shared/state/sync-state";

/**
 * True when the listing has the page that this chunk was cut from. A log that was restored from an older copy may lack
 * it; it is listed anew then, and may hold other messages. To settle the chunk for those of the lost page would hide them.
 */
export async function isListed(
  state: Pick<SyncState, "newestPage" | "page">,
  ref: AccountRef,
  { syncId, pageNumber, mark }: ChunkItem,
): Promise<boolean> {
  const newest = await state.newestPage(ref, syncId);
  if (newest === null || newest.pageNumber < pageNumber) return false;
  const page = newest.pageNumber === pageNumber ? newest : await state.page(ref, syncId, pageNumber);
  return page?.mark === mark;
}
