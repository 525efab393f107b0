import type { FactOf } from "@millrace/shared/events/facts";
import type { World } from "../world.ts";
import type { LogMemory } from "./log-memory.ts";

/** I4: each page is listed once, and continues the one before. */
export function judgePage(
  world: World,
  memory: LogMemory,
  accountId: string,
  page: FactOf<"page.listed">,
): void {
  const { syncId, pageNumber, messageIds } = page;
  const fail = (detail: string): void =>
    world.violate("I4: twice is once", `page ${pageNumber} of ${syncId} ${detail}`);
  if (memory.pages.get(syncId)?.has(pageNumber) === true) fail("is listed again");
  const before = memory.pagesEver.get(syncId)?.get(pageNumber - 1);
  if (pageNumber > 0 && before === undefined) fail("has no page before it");
  const firstChunk = before === undefined ? 0 : before.firstChunk + before.chunkCount;
  const listedBefore = before === undefined ? 0 : before.listedBefore + before.messageIds.length;
  if (page.firstChunk !== firstChunk || page.listedBefore !== listedBefore)
    fail("does not continue the one before");
  if (page.chunkCount !== Math.ceil(messageIds.length / page.chunkSize)) fail("is cut wrong");
  const isFirst = before === undefined || before.stage !== page.stage || before.round !== page.round;
  if (isFirst && page.stage === "listing" && page.baseline === null) fail("has no baseline");
  if (page.stage === "changes" || isFirst) judgeOrder(world, memory, page);
  const mailbox = world.mailboxes.get(accountId);
  for (const id of messageIds) if (mailbox?.find(id) === null) fail(`has ${id}, which never was`);
}

/** I3: changes of a message are applied in their order, and a stage begins when everything before it is settled. */
function judgeOrder(
  world: World,
  memory: LogMemory,
  { syncId, pageNumber, firstChunk, stage }: FactOf<"page.listed">,
): void {
  const settled = memory.checkpoints.get(syncId)?.progress.settledCount ?? 0;
  if (settled === firstChunk || world.broker.isLogDamaged) return;
  world.violate(
    "I3: changes are applied in order",
    `page ${pageNumber} of ${syncId} (${stage}) is listed, and ${settled} of ${firstChunk} chunks are settled`,
  );
}
