import { chunkKey, type RowMaps } from "@millrace/shared/projection/project-batch";
import { shownHandled } from "@millrace/shared/projection/testing/shown-handled";
import { hasEnded, isAfter, type SyncView, type ViewRows } from "@millrace/shared/projection/views";
import type { Tables } from "../database/memory-database.ts";
import type { World } from "../world.ts";

/** I8: what a watcher sees never goes backwards. */
export function judgeViews(world: World, { views }: Tables, changed: ViewRows): void {
  for (const { account_id } of [...changed.syncs, ...changed.chunks, ...changed.dead_letters])
    if (views.account_states.get(account_id)?.status === "removed")
      world.violate("nothing is left of a removed account", `${account_id} is projected again`);
  for (const after of changed.syncs) {
    const before = views.syncs.get(after.id);
    // A database that was restored from an older copy catches up from there.
    if (before !== undefined) judgeSync(world, before, after);
  }
  judgeHandled(world, views, changed);
  for (const after of changed.account_states) {
    if (after.status === "removing" || after.status === "removed") continue;
    const { watermarks } = world.judge;
    const before = watermarks.get(after.account_id) ?? 0;
    const watermark = Number(after.watermark ?? 0);
    if (watermark < before && !world.broker.isLogDamaged && !world.database.isDamaged) {
      world.violate("I3: the watermark hides nothing", `${before} became ${after.watermark} in the views`);
    }
    watermarks.set(after.account_id, Math.max(before, watermark));
  }
}

/** What is shown as dealt with: when a chunk settles, its messages pass from the chunk's row to the sync's. */
function judgeHandled(world: World, { syncs, chunks }: RowMaps, changed: ViewRows): void {
  const after = new Map(chunks);
  for (const view of changed.chunks) after.set(chunkKey(view.sync_id, view.chunk_index), view);
  for (const sync of changed.syncs) {
    const before = syncs.get(sync.id);
    const isOtherEnd = world.broker.isLogDamaged && hasEnded(sync);
    if (before === undefined || isOtherEnd) continue;
    const then = shownHandled(before, chunks.values());
    const now = shownHandled(sync, after.values());
    if (now < then)
      world.violate("I8: progress never goes backwards", `${sync.id}: ${then} dealt with became ${now}`);
  }
}

const growing = ["listed", "chunks_listed", "chunks_settled", "settled"] as const;

function judgeSync(world: World, before: SyncView, after: SyncView): void {
  const fail = (what: string): void =>
    world.violate("I8: progress never goes backwards", `${after.id}: ${what}`);
  if (!isAfter(after, before)) fail(`position ${after.seq} after ${before.seq}`);
  // A sync ends with what its last listing had; a lost log may have shown more of another one.
  const isOtherEnd = world.broker.isLogDamaged && hasEnded(after) && !hasEnded(before);
  for (const column of isOtherEnd ? [] : growing) {
    if (after[column] < before[column]) fail(`${column} fell from ${before[column]} to ${after[column]}`);
  }
  const done = (view: SyncView): number => view.stored + view.unchanged + view.gone;
  if (!world.broker.isLogDamaged && done(after) < done(before))
    fail(`${done(before)} done became ${done(after)}`);
  const isMended = before.status === "partial" && after.status === "completed";
  if (hasEnded(before) && after.status !== before.status && !isMended) {
    fail(`${before.status} became ${after.status}`);
  }
  if (hasEnded(after) && after.ended_at === null) fail("it ended at no time");
}
