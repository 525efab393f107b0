import { type AccountCourse, type ActiveSync, recentSyncIdsMax, type Stage } from "./account-course.ts";
import { laterWatermark } from "./is-later-watermark.ts";
import type { AcceptedRequest } from "./sync-request.ts";

/**
 * How each lifecycle fact moves an account's course. Whoever appends such a fact puts the result into it.
 *
 *     (idle) --started--> active --completed | failed | cancelled--> (idle) --started (next waiting)--> …
 *               while active: coalesced (recent), queued (waiting)
 *               any time: paused (held, or consent lost), resumed, reconnected, restored: a new run
 *               any time: removal requested --removed--> (the end)
 */
export function startSync(course: AccountCourse, active: ActiveSync): AccountCourse {
  return { ...remember(withoutWaiting(course, active.syncId), active.syncId), active };
}

/** @param into the sync that covers it */
export function coalesceSync(course: AccountCourse, syncId: string, into: string): AccountCourse {
  const { active } = course;
  const joined = active?.syncId === into ? { ...active, joined: active.joined + 1 } : active;
  return { ...remember(withoutWaiting(course, syncId), syncId), active: joined };
}

export function queueSync(course: AccountCourse, request: AcceptedRequest): AccountCourse {
  const others = withoutWaiting(course, request.syncId);
  return { ...remember(others, request.syncId), waiting: [...others.waiting, request] };
}

/**
 * @param watermark where the account is complete to; null, and one that another sync has passed meanwhile, leave it where
 *   it was
 */
export function completeSync(course: AccountCourse, syncId: string, watermark: string | null): AccountCourse {
  return { ...endSync(course, syncId), watermark: laterWatermark(watermark, course.watermark) };
}

/** Ends a sync without its work, whether it was active, waiting, or never began. */
export function endSync(course: AccountCourse, syncId: string): AccountCourse {
  const active = course.active?.syncId === syncId ? null : course.active;
  const rest = remember(withoutWaiting(course, syncId), syncId);
  return { ...rest, active, held: course.held.filter((hold) => hold.syncId !== syncId) };
}

/** Pauses a sync that is active or waiting until it is resumed. */
export function holdSync(course: AccountCourse, syncId: string, since: string): AccountCourse {
  if (course.held.some((hold) => hold.syncId === syncId)) return course;
  return { ...course, held: [...course.held, { syncId, since }] };
}

/**
 * Resumes a sync. Whoever resumes one believes that the mailbox can be read: it is tried again.
 *
 * @param at when that is
 */
export function resumeSync(course: AccountCourse, syncId: string, at: string): AccountCourse {
  const held = course.held.filter((hold) => hold.syncId !== syncId);
  return anew(goingOn(course, { ...course, held, consentLost: null }, at));
}

/** If the active sync was paused and is not any more, it has paused for so much longer. */
function goingOn(before: AccountCourse, after: AccountCourse, at: string): AccountCourse {
  const { active } = after;
  if (active === null || !isPaused(before, active.syncId) || isPaused(after, active.syncId)) return after;
  const hold = before.held.find(({ syncId }) => syncId === active.syncId);
  const sinces = [hold, before.consentLost].flatMap((pause) => (pause ? [Date.parse(pause.since)] : []));
  const sinceMs = Math.max(Math.min(...sinces), Date.parse(active.startedAt));
  const pausedMs = active.pausedMs + Math.max(0, Date.parse(at) - sinceMs);
  return { ...after, active: { ...active, pausedMs } };
}

/** The active sync begins anew, as a full one: what it was to go on from is not known any more. */
export function rebaseSync(course: AccountCourse): AccountCourse {
  const { active } = anew(course);
  if (active === null) return course;
  const plan = active.mode === "incremental" ? [...fullPlan] : active.plan;
  return { ...course, active: { ...active, mode: "full", plan, round: active.round + 1 } };
}

/** A whole mailbox. */
export const fullPlan = ["listing", "reconcile", "changes"] as const satisfies readonly Stage[];

export function loseConsent(course: AccountCourse, since: string, message: string): AccountCourse {
  return { ...course, consentLost: course.consentLost ?? { since, message: message.slice(0, 1000) } };
}

/** @param at when that is */
export function regainConsent(course: AccountCourse, at: string): AccountCourse {
  return anew(goingOn(course, { ...course, consentLost: null }, at));
}

/**
 * The active sync's work is planned anew as a whole; what is still queued of it is void.
 *
 * @param runMin the number of the new run is at least this: for when runs may have been that nobody knows of
 */
export function anew(course: AccountCourse, runMin = 0): AccountCourse {
  const { active } = course;
  return active === null
    ? course
    : { ...course, active: { ...active, run: Math.max(active.run + 1, runMin) } };
}

/** Syncs that go on once the mailbox can be read again. */
export function waitingForConsent(course: AccountCourse): string[] {
  if (course.consentLost === null) return [];
  return underWay(course).filter((syncId) => !course.held.some((hold) => hold.syncId === syncId));
}

export type Removal = NonNullable<AccountCourse["removal"]>;

/** Syncs that have not ended, in the order in which they would have run. */
export function underWay({ active, waiting }: AccountCourse): string[] {
  return [...(active === null ? [] : [active]), ...waiting].map(({ syncId }) => syncId);
}

/** The account is to be removed: all of its syncs end, and nothing of it is known but which requests were decided. */
export function removeAccount(course: AccountCourse, removal: Removal): AccountCourse {
  const ended = underWay(course).reduce(endSync, course);
  return { ...ended, held: [], consentLost: null, watermark: null, removal };
}

/** A request that came too late: it is remembered, so that its redelivery changes nothing. */
export function refuseRemoved(course: AccountCourse, syncId: string): AccountCourse {
  return remember(course, syncId);
}

/** True while nothing of this sync may be worked on. */
export function isPaused(course: AccountCourse, syncId: string): boolean {
  return course.consentLost !== null || course.held.some((hold) => hold.syncId === syncId);
}

/** The request that starts next, when nothing is active: the first that is not paused. */
export function nextToStart(course: AccountCourse): AcceptedRequest | null {
  if (course.active !== null) return null;
  return course.waiting.find((request) => !isPaused(course, request.syncId)) ?? null;
}

/** True for a sync that is active or waiting. */
export function isUnderWay(course: AccountCourse, syncId: string): boolean {
  return course.active?.syncId === syncId || course.waiting.some((request) => request.syncId === syncId);
}

/** True when the log has already decided on this request, so that its redelivery changes nothing (rule I4). */
export function isDecided(course: AccountCourse, syncId: string): boolean {
  return isUnderWay(course, syncId) || course.recentSyncIds.includes(syncId);
}

function remember(course: AccountCourse, syncId: string): AccountCourse {
  if (course.recentSyncIds.includes(syncId)) return course;
  return { ...course, recentSyncIds: [...course.recentSyncIds, syncId].slice(-recentSyncIdsMax) };
}

function withoutWaiting(course: AccountCourse, syncId: string): AccountCourse {
  return { ...course, waiting: course.waiting.filter((request) => request.syncId !== syncId) };
}
