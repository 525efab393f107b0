import { type AccountCourse, type ActiveSync, idleCourse } from "@millrace/shared/events/account-course";
import type { CourseFact } from "@millrace/shared/events/facts";
import type { World } from "../world.ts";
import { endedBy, isEnd, type LogMemory } from "./log-memory.ts";

/** I11 and I4: one active sync an account; each sync starts once and ends once; who waits is not forgotten. */
export function judgeCourse(world: World, memory: LogMemory, accountId: string, fact: CourseFact): void {
  const known = memory.courses.get(accountId)?.course;
  if (known === undefined && world.broker.isLogDamaged) return;
  const before = known ?? idleCourse;
  if (fact.type === "account.restored") return;
  const fail = (what: string): void =>
    world.violate("I11: one course of syncs an account", `${fact.type}: ${what}`);
  judgeRemoval(before, fact, world.broker.isLogDamaged, fail);
  judgeActive(before, fact, fail);
  judgeWaiting(before, fact, fail);
  judgePauses(before, fact, fail);
  if ("syncId" in fact && memory.ended.has(fact.syncId)) {
    world.violate("I4: twice is once", `${fact.type}: ${fact.syncId} has ended before`);
  }
}

type Fail = (what: string) => void;

/**
 * A removal is for ever: nothing starts any more, and what it was asked for with stays. Of two that ask, because the log has
 * lost the first, the database knows the first.
 */
function judgeRemoval({ removal }: AccountCourse, fact: CourseFact, isLogDamaged: boolean, fail: Fail): void {
  const after = fact.course.removal;
  if (removal !== undefined) {
    const isSame = after !== undefined && (isLogDamaged || after.requestId === removal.requestId);
    if (!isSame) fail("the removal is forgotten");
    if (removal.removedAt !== undefined) fail("the account was removed before");
  }
  if (after !== undefined && (fact.course.active !== null || fact.course.waiting.length > 0))
    fail("syncs go on although the account is to be removed");
  if (fact.type === "account.removed" && removal === undefined && !isLogDamaged)
    fail("nobody has asked for it");
}

function judgeActive({ active: before }: AccountCourse, fact: CourseFact, fail: Fail): void {
  const after = fact.course.active;
  if (fact.type === "sync.started") {
    if (before !== null) fail(`${before.syncId} was active when ${fact.syncId} started`);
    if (after?.syncId !== fact.syncId) fail(`${fact.syncId} started and is not active`);
    return;
  }
  if (before === null) {
    if (after !== null) fail(`${after.syncId} is active and was not started`);
    if (fact.type === "sync.completed") fail(`${fact.syncId} completed and was not active`);
    return;
  }
  const isEnded = endedBy(fact).includes(before.syncId);
  if (after === null && !isEnded) fail(`${before.syncId} was active and is forgotten`);
  if (after !== null && after.syncId !== before.syncId)
    fail(`${after.syncId} took the place of ${before.syncId}`);
  if (after !== null && isEnded) fail(`${before.syncId} ended and is still active`);
  if (after !== null && after.run < before.run) fail(`run ${after.run} after run ${before.run}`);
  judgeRounds(before, after, fact, fail);
}

function judgeRounds(before: ActiveSync, after: ActiveSync | null, fact: CourseFact, fail: Fail): void {
  if (after?.syncId !== before.syncId) return;
  const round = before.round + (fact.type === "sync.rebased" ? 1 : 0);
  if (after.round !== round) fail(`round ${after.round} after round ${before.round}`);
  const joined = before.joined + (fact.type === "sync.coalesced" && fact.into === before.syncId ? 1 : 0);
  if (after.joined !== joined) fail(`${after.joined} requests have joined it, and not ${joined}`);
}

function judgeWaiting({ waiting }: AccountCourse, fact: CourseFact, fail: Fail): void {
  const started = fact.type === "sync.started" ? [fact.syncId] : [];
  const decided = new Set([...endedBy(fact), ...started]);
  const after = new Set(fact.course.waiting.map(({ syncId }) => syncId));
  if (after.size !== fact.course.waiting.length) fail("a request waits twice");
  for (const { syncId } of waiting) {
    if (!after.has(syncId) && !decided.has(syncId)) fail(`${syncId} waited and is forgotten`);
  }
  if (fact.course.active !== null && after.has(fact.course.active.syncId)) fail("the active sync waits");
}

function judgePauses({ held, consentLost }: AccountCourse, fact: CourseFact, fail: Fail): void {
  if (fact.type === "account.removal_requested") return;
  const isResumed = fact.type === "account.reconnected" || fact.type === "sync.resumed";
  if (consentLost !== null && fact.course.consentLost === null && !isResumed)
    fail("lost consent is forgotten");
  for (const { syncId } of held) {
    const isLet = (fact.type === "sync.resumed" || isEnd(fact)) && fact.syncId === syncId;
    const isHeld = fact.course.held.some((hold) => hold.syncId === syncId);
    if (!isHeld && !isLet) fail(`the pause of ${syncId} is forgotten`);
  }
}
