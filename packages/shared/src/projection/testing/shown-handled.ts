import type { ChunkView, SyncView } from "../views.ts";

/**
 * How many messages of a sync are shown as dealt with, as the API adds them up: those of settled chunks, and what is dealt with of
 * open ones. One that is complete has no open ones, whatever a log that was lost had begun.
 *
 * @param chunks of any sync
 */
export function shownHandled(sync: SyncView, chunks: Iterable<ChunkView>): number {
  const { id, status, settled, handled_uncounted: uncounted } = sync;
  if (status === "completed" || status === "partial") return settled;
  let open = 0;
  for (const view of chunks) if (view.sync_id === id && view.settled_at === null) open += view.handled;
  return settled + uncounted + open;
}
