import {
  type ChunkProgress,
  hasOpenLetter,
  noProgress,
  settleChunk,
  settleLetters,
} from "@millrace/shared/events/chunk-progress";
import type { CheckpointFact, FactOf } from "@millrace/shared/events/facts";
import { isBalanced } from "@millrace/shared/events/ledger";
import type { World } from "../world.ts";
import type { LogMemory } from "./log-memory.ts";
import { hasLateWorkers } from "./mirror-rules.ts";

type SettledChunk = FactOf<"chunk.fetched"> | FactOf<"chunk.dead_lettered">;

/** I2 and I4: each checkpoint follows from the one before, balances, and tells the truth about the store. */
export function judgeCheckpoint(world: World, memory: LogMemory, fact: CheckpointFact): void {
  judgeSequence(world, memory, fact);
  if (!isBalanced(fact.progress.ledger)) fail(world, `the ledger of ${fact.syncId} does not balance`);
  if (fact.type === "dead_letters.settled") judgeSettledLetters(world, memory, fact);
  else judgeChunk(world, memory, fact);
}

const fail = (world: World, detail: string): void => world.violate("I2: the ledger balances", detail);

function judgeSequence(world: World, memory: LogMemory, fact: CheckpointFact): void {
  const known = memory.checkpoints.get(fact.syncId)?.progress;
  if (known === undefined && world.broker.isLogDamaged) return;
  const before = known ?? noProgress;
  const expected = checkpointAfter(before, fact);
  if (followsFromTold(world, fact)) return;
  if (expected == null) {
    world.violate("I4: twice is once", `${fact.type}: chunk ${fact.chunkIndex} of ${fact.syncId} again`);
  } else if (JSON.stringify(expected) !== JSON.stringify(fact.progress)) {
    fail(
      world,
      `${fact.type}: after ${JSON.stringify(before)} came ${JSON.stringify(fact.progress)} instead of ${JSON.stringify(expected)}`,
    );
  }
}

function checkpointAfter(before: ChunkProgress, fact: CheckpointFact): ChunkProgress | null {
  return fact.type === "dead_letters.settled"
    ? (settleLetters(before, fact.letters)?.progress ?? null)
    : settleChunk(before, fact.chunkIndex, fact.ledger, fact.letters);
}

/** Dead letters of a sync that has ended are settled by what the database has, when the log has lost it. */
function followsFromTold(world: World, fact: CheckpointFact): boolean {
  if (!world.broker.isLogDamaged || fact.type !== "dead_letters.settled") return false;
  const after = JSON.stringify(fact.progress);
  return world.database.tables.events.some(({ event: { fact: told } }) => {
    const isOwn = "progress" in told && told.syncId === fact.syncId;
    return isOwn && JSON.stringify(checkpointAfter(told.progress, fact)) === after;
  });
}

function judgeChunk(world: World, memory: LogMemory, fact: SettledChunk): void {
  const { syncId, chunkIndex, ledger, letters } = fact;
  const name = `chunk ${chunkIndex} of ${syncId}`;
  const ids = memory.idsOf(syncId, chunkIndex);
  if (ids === null) {
    fail(world, `${name} was settled and is on no page`);
    return;
  }
  if (!isBalanced(ledger) || ledger.listed !== ids.length) {
    fail(world, `${name} has ${ids.length} messages, and its share is ${JSON.stringify(ledger)}`);
  }
  if (letters.length !== ledger.deadLettered) fail(world, `${name} counts its letters wrong`);
  const known = memory.checkpoints.get(syncId)?.progress ?? noProgress;
  for (const { messageId } of letters)
    if (hasOpenLetter(known, messageId)) fail(world, `${name} sets ${messageId} aside a second time`);
  const { messages } = world.database.tables;
  const distinct = [...new Set(ids)];
  for (const id of distinct) {
    const row = messages.get(id);
    const isStored = row?.deletedWhy === null;
    const isLetter = letters.some(({ messageId }) => messageId === id) || hasOpenLetter(fact.progress, id);
    if (isStored || isLetter || world.mayBeGone(id) || world.database.isDamaged) continue;
    fail(world, `${name} is settled, and ${id} is neither stored, nor gone, nor a letter`);
  }
  const gone = distinct.filter((id) => world.mayBeGone(id)).length;
  if (ledger.gone > gone) fail(world, `${name} counts ${ledger.gone} gone, and ${gone} are`);
  judgeStored(world, fact, distinct);
}

/**
 * Rows that bear the chunk's mark are what it stored. One that is marked as deleted since may count as gone instead; one
 * that another delivery has written late may count as a letter; one that a letter put back has written, too, bears that.
 */
function judgeStored(
  world: World,
  { syncId, chunkIndex, ledger, letters }: SettledChunk,
  ids: readonly string[],
): void {
  if (world.broker.isLogDamaged || world.database.isDamaged) return;
  const rows = ids.flatMap((id) => {
    const row = world.database.tables.messages.get(id);
    return row === undefined ? [] : [{ id, ...row }];
  });
  const own = rows.filter((row) => row.syncId === syncId && row.work.startsWith(`${chunkIndex}.`));
  const redriven = rows.filter(({ work }) => work.endsWith(".redrive")).length;
  const isLetter = (id: string): boolean => letters.some(({ messageId }) => messageId === id);
  const there = own.filter(({ id, deletedWhy }) => deletedWhy === null && !isLetter(id)).length;
  // What one delivery found hidden, another may have found shown again, and stored.
  const foundAgain = hasLateWorkers(world) ? ledger.gone : 0;
  if (ledger.stored + foundAgain < there || ledger.stored > own.length + redriven) {
    fail(
      world,
      `chunk ${chunkIndex} of ${syncId} counts ${ledger.stored} stored, and ${there} rows are its own`,
    );
  }
}

function judgeSettledLetters(world: World, memory: LogMemory, fact: FactOf<"dead_letters.settled">): void {
  for (const { ordinal, outcome } of fact.letters) {
    const id = memory.lettersEver.get(fact.syncId)?.get(ordinal)?.messageId;
    if (id === undefined) {
      fail(world, `letter ${ordinal} of ${fact.syncId} was never opened`);
      continue;
    }
    if (outcome === "discarded") continue;
    const row = world.database.tables.messages.get(id);
    const isStored = row?.deletedWhy === null;
    const isTrue = world.mayBeGone(id) || (outcome !== "gone" && isStored);
    if (!isTrue && !world.database.isDamaged)
      fail(world, `${id} is settled as ${outcome}, and that is not so`);
  }
}
