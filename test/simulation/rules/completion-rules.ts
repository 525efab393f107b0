import type { FactOf } from "@millrace/shared/events/facts";
import { isBalanced } from "@millrace/shared/events/ledger";
import { chunksListed, messagesListed } from "@millrace/shared/steps/cut-chunks";
import type { World } from "../world.ts";
import type { LogMemory } from "./log-memory.ts";

/** I2 and I3: what completes has settled and explained all that was listed, and its watermark hides nothing. */
export function judgeCompletion(
  world: World,
  memory: LogMemory,
  accountId: string,
  fact: FactOf<"sync.completed">,
): void {
  const { syncId, ledger, chunkCount, status } = fact;
  const fail = (detail: string): void => world.violate("I2: the ledger balances", `${syncId}: ${detail}`);
  const newest = memory.newestPage(syncId);
  if (newest?.nextPageToken !== null) {
    fail("it completed, and is not listed to the end");
    return;
  }
  if (!isBalanced(ledger)) fail(`it completed with ${JSON.stringify(ledger)}`);
  if (ledger.listed !== messagesListed(newest))
    fail(`${messagesListed(newest)} were listed, not ${ledger.listed}`);
  if (chunkCount !== chunksListed(newest)) fail(`it has ${chunksListed(newest)} chunks, not ${chunkCount}`);
  if ((status === "partial") !== ledger.deadLettered > 0)
    fail(`it is ${status} with ${ledger.deadLettered} letters`);
  // A database that was restored from an older copy is repaired by a sync of its own: what is there then is judged last.
  if (world.database.isDamaged) return;
  for (const id of memory.listedIds(syncId)) {
    if (!isExplained(world, id, memory.isLetter(syncId, id))) fail(`${id} was listed and is not there`);
  }
  judgeListing(world, memory, accountId, syncId);
  judgeWatermark(world, memory, accountId, fact);
}

/** A listing has everything that was there when it began, and still is. */
function judgeListing(world: World, memory: LogMemory, accountId: string, syncId: string): void {
  const baseline = memory.pagesEver.get(syncId)?.get(0)?.baseline;
  const labelIds = memory.activeEver.get(syncId)?.scope.labelIds;
  if (baseline == null) return;
  const listed = new Set(memory.listedIds(syncId));
  for (const { id, cameAt, isLabelled } of world.mailboxes.get(accountId)?.present() ?? []) {
    const isMeant = labelIds === undefined || isLabelled;
    if (isMeant && cameAt <= Number(baseline) && !listed.has(id)) {
      world.violate(
        "I3: the watermark hides nothing",
        `${id} came before the listing of ${syncId} and is not on it`,
      );
    }
  }
}

function judgeWatermark(
  world: World,
  memory: LogMemory,
  accountId: string,
  { syncId, course }: FactOf<"sync.completed">,
): void {
  const fail = (detail: string): void => world.violate("I3: the watermark hides nothing", detail);
  const before = memory.courses.get(accountId)?.course.watermark ?? null;
  const { watermark } = course;
  if (before !== null && Number(watermark ?? 0) < Number(before)) fail(`${watermark} came after ${before}`);
  if (watermark === null) return;
  for (const { id, cameAt } of world.mailboxes.get(accountId)?.present() ?? []) {
    const isBefore = cameAt <= Number(watermark);
    if (isBefore && !isExplained(world, id, memory.isLetterOfAny(id))) {
      fail(`${id} came at ${cameAt}, ${syncId} moved the watermark to ${watermark}, and it is not there`);
    }
  }
}

export function isExplained(world: World, id: string, isLetter: boolean): boolean {
  const row = world.database.tables.messages.get(id);
  return (row !== undefined && !row.isDeleted) || isLetter || !world.hasMessage(id);
}
