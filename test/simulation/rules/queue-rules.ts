import { noProgress } from "@millrace/shared/events/chunk-progress";
import type { FactOf } from "@millrace/shared/events/facts";
import { parseAccountRef } from "@millrace/shared/events/subjects";
import { chunkKey, type WorkItem, workKey } from "@millrace/shared/events/work-item";
import { isMissingAny, missingWork } from "../../../services/janitor/src/reconcile/decide-stalled.ts";
import { queuedItems } from "../broker/memory-queue.ts";
import type { StoredMessage } from "../broker/memory-stream.ts";
import { tenantId } from "../tenant.ts";
import type { World } from "../world.ts";
import type { LogMemory } from "./log-memory.ts";

/** Never more than a window of a sync is released, and each chunk has the messages that its page says. */
export function judgeQueued(world: World, memory: LogMemory, { subject, json }: StoredMessage): void {
  const item = json as WorkItem;
  const accountId = parseAccountRef(subject)?.accountId ?? "";
  const active = memory.courses.get(accountId)?.course.active;
  if (item.kind !== "chunk" || active?.syncId !== item.syncId || active.run !== item.run) return;
  const released = (memory.settledEver.get(item.syncId) ?? 0) + active.windowChunks;
  // Whoever settles a chunk puts the next on the queue a moment before it says so.
  if (item.chunkIndex > released) {
    world.violate(
      "no more than a window is queued",
      `chunk ${item.chunkIndex} of ${item.syncId}, of ${released}`,
    );
  }
  const ids = memory.idsOf(item.syncId, item.chunkIndex);
  const isSame =
    ids !== null && ids.length === item.messageIds.length && ids.every((id, i) => id === item.messageIds[i]);
  if (!isSame && !world.broker.isLogDamaged) {
    world.violate(
      "no more than a window is queued",
      `chunk ${item.chunkIndex} of ${item.syncId} is not its page's`,
    );
  }
}

/**
 * I5: the course of things needs no janitor. When every fact was handled and nothing was lost, nothing is missing; and
 * what the janitor finds missing is not on the queue.
 */
export function judgeStalled(
  world: World,
  memory: LogMemory,
  accountId: string,
  { syncId, chunkIndexes }: FactOf<"sync.stalled">,
): void {
  const ref = { tenantId, accountId };
  const lookedSeq = world.judge.lookedSeq(syncId);
  const course = memory.courses.get(accountId)?.course;
  const active = course?.active;
  if (course === undefined || active?.syncId !== syncId) return;
  const seen = queuedBefore(world, ref.accountId, syncId, lookedSeq);
  for (const chunkIndex of chunkIndexes) {
    if (seen.has(chunkKey(active.run, chunkIndex))) {
      world.violate(
        "I5: only what is missing is put back",
        `chunk ${chunkIndex} of ${syncId} was on the queue`,
      );
    }
  }
  const { broker } = world;
  const isWhole = !broker.isWorkDamaged && !broker.isLogDamaged && !world.database.isDamaged;
  if (!isWhole || broker.consumers.events.unsettledCount > 0) return;
  const progress = memory.checkpoints.get(syncId)?.progress;
  const newestPage = memory.newestPage(syncId);
  const queued = new Set(queuedItems(broker, ref, syncId).map(workKey));
  const situation = { ref, course, courseSeq: 0, active, newestPage, progress: progress ?? noProgress };
  const missing = missingWork(situation, queued);
  if (isMissingAny(missing)) {
    world.violate(
      "I5: nothing is forgotten",
      `${syncId} lacks ${JSON.stringify(missing)}, and every fact was handled`,
    );
  }
}

function queuedBefore(world: World, accountId: string, syncId: string, seq: number): Set<string> {
  const keys = new Set<string>();
  for (const message of world.broker.work.messages.values()) {
    const item = message.json as WorkItem;
    if (message.seq > seq || item.syncId !== syncId) continue;
    if (parseAccountRef(message.subject)?.accountId === accountId) keys.add(workKey(item));
  }
  return keys;
}
