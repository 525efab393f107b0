import type { SyncState } from "../state/sync-state.ts";
import type { Page } from "./cut-chunks.ts";
import type { SyncSituation } from "./sync-situation.ts";

/** The end of a listing. */
export interface PagesBack {
  /** Newest first. */
  readonly pages: readonly Page[];
  /** A page in between is known nowhere: what is behind it was not looked at. */
  readonly isBroken: boolean;
}

/** Reads the pages of a listing from its newest one back to the one that holds a chunk. */
export async function pagesBackTo(
  state: Pick<SyncState, "page">,
  { ref, newestPage }: Pick<SyncSituation, "ref" | "newestPage">,
  chunkIndex: number,
): Promise<PagesBack> {
  const pages: Page[] = [];
  let page = newestPage;
  while (page !== null) {
    pages.push(page);
    if (page.pageNumber === 0 || page.firstChunk <= chunkIndex) return { pages, isBroken: false };
    page = await state.page(ref, page.syncId, page.pageNumber - 1);
  }
  return { pages, isBroken: newestPage !== null };
}
