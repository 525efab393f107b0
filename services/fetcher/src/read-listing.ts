import type { AccountRef } from "@millrace/shared/events/subjects";
import type { ChunkItem } from "@millrace/shared/events/work-item";
import type { SyncState } from "@millrace/shared/state/sync-state";
import type { Page } from "@millrace/shared/steps/cut-chunks";

/**
 * Reads what a chunk was cut from. A log that was restored from an older copy may lack its page; it is listed anew then,
 * and may hold other messages. To settle the chunk for those of the lost page would hide them.
 *
 * @returns the chunk's page and the newest one; null when the listing does not have the page
 */
export async function readListing(
  state: Pick<SyncState, "newestPage" | "page">,
  ref: AccountRef,
  { syncId, pageNumber, mark }: ChunkItem,
): Promise<readonly Page[] | null> {
  const newest = await state.newestPage(ref, syncId);
  if (newest === null || newest.pageNumber < pageNumber) return null;
  if (newest.pageNumber === pageNumber) return newest.mark === mark ? [newest] : null;
  const page = await state.page(ref, syncId, pageNumber);
  return page?.mark === mark ? [page, newest] : null;
}
