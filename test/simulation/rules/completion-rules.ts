import type { FactOf } from "@millrace/shared/events/facts";
import { isBalanced } from "@millrace/shared/events/ledger";
import { chunksListed, messagesListed } from "@millrace/shared/steps/cut-chunks";
import { roundsMax } from "../../../services/chunker/src/ask-for-page.ts";
import type { World } from "../world.ts";
import type { LogMemory } from "./log-memory.ts";
import { judgeUpTo } from "./mirror-rules.ts";

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
  judgeStages(world, memory, accountId, fact);
  judgePromises(world, memory, fact);
  judgeWatermark(world, memory, accountId, fact);
}

/** A listing has everything that was there when it began, and has not changed since. */
function judgeListing(world: World, memory: LogMemory, accountId: string, syncId: string): void {
  const pages = memory.listing(syncId);
  const baseline = pages[0]?.baseline;
  const labelIds = memory.activeEver.get(syncId)?.scope.labelIds ?? [];
  if (baseline == null) return;
  const listed = new Set(pages.flatMap(({ messageIds }) => messageIds));
  for (const { id, changedAt, labels } of world.mailboxes.get(accountId)?.shown() ?? []) {
    const isMeant = labelIds.every((labelId) => labels.includes(labelId));
    if (isMeant && changedAt <= Number(baseline) && !listed.has(id)) {
      world.violate(
        "I3: the watermark hides nothing",
        `${id} was there before the listing of ${syncId} and is not on it`,
      );
    }
  }
}

/** What a sync was asked to do in stages it has done, to the last of them; and its watermark is that of its last changes. */
function judgeStages(
  world: World,
  memory: LogMemory,
  accountId: string,
  { syncId, watermark }: FactOf<"sync.completed">,
): void {
  const fail = (detail: string): void =>
    world.violate("a sync ends with its last stage", `${syncId}: ${detail}`);
  const active = memory.courses.get(accountId)?.course.active;
  const newest = memory.newestPage(syncId);
  if (active?.syncId !== syncId || newest === null || world.broker.isLogDamaged) return;
  if (newest.stage !== active.plan.at(-1)) fail(`it ended with ${newest.stage}, of ${active.plan}`);
  if (newest.round !== active.round) fail(`it ended in round ${newest.round} of ${active.round}`);
  if (newest.stage !== "changes") {
    if (watermark !== null) fail(`it read no changes, and moves the watermark to ${watermark}`);
    return;
  }
  if (newest.joined < active.joined)
    fail(`it read changes before ${active.joined - newest.joined} requests joined it`);
  if (watermark !== newest.watermark) fail(`its changes end at ${newest.watermark}, not at ${watermark}`);
  if (watermark === null && active.round < roundsMax) fail("it has read no changes");
}

/** Whoever asked for a sync, or for one that was coalesced into it, has the mailbox as it was when they asked, or newer. */
function judgePromises(
  world: World,
  memory: LogMemory,
  { syncId, watermark }: FactOf<"sync.completed">,
): void {
  if (watermark === null || world.broker.isLogDamaged) return;
  for (const id of [syncId, ...(memory.joined.get(syncId) ?? [])]) {
    const askedAt = world.register.syncs.get(id)?.askedAt ?? 0;
    if (askedAt > Number(watermark)) {
      world.violate(
        "a sync has what was there when it was asked for",
        `${id} was asked for at ${askedAt}, and ${syncId} has read to ${watermark}`,
      );
    }
  }
}

function judgeWatermark(
  world: World,
  memory: LogMemory,
  accountId: string,
  { course }: FactOf<"sync.completed">,
): void {
  const before = memory.courses.get(accountId)?.course.watermark ?? null;
  const { watermark } = course;
  if (before !== null && Number(watermark ?? 0) < Number(before)) {
    world.violate("I3: the watermark hides nothing", `${watermark} came after ${before}`);
  }
  if (watermark === null) return;
  judgeUpTo(world, accountId, Number(watermark), (id) => memory.isLetterOfAny(id));
}

export function isExplained(world: World, id: string, isLetter: boolean): boolean {
  return world.database.tables.messages.get(id)?.deletedWhy === null || isLetter || world.mayBeGone(id);
}
