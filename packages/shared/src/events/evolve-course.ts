import { type AccountCourse, type ActiveSync, recentSyncIdsMax } from "./account-course.ts";
import type { AcceptedRequest } from "./sync-request.ts";

/**
 * How each lifecycle fact moves an account's course. Whoever appends such a fact puts the result into it.
 *
 *     (idle) --started--> active --completed | failed--> (idle) --started (next waiting)--> …
 *               while active: coalesced (recent), queued (waiting)
 */
export function startSync(course: AccountCourse, active: ActiveSync): AccountCourse {
  return { ...remember(withoutWaiting(course, active.syncId), active.syncId), active };
}

export function coalesceSync(course: AccountCourse, syncId: string): AccountCourse {
  return remember(withoutWaiting(course, syncId), syncId);
}

export function queueSync(course: AccountCourse, request: AcceptedRequest): AccountCourse {
  return { ...remember(course, request.syncId), waiting: [...course.waiting, request] };
}

/** @param watermark where the account is complete to; null leaves it where it was */
export function completeSync(course: AccountCourse, watermark: string | null): AccountCourse {
  return { ...course, active: null, watermark: watermark ?? course.watermark };
}

/** Ends a sync without its work, whether it was active, waiting, or never began. */
export function failSync(course: AccountCourse, syncId: string): AccountCourse {
  const active = course.active?.syncId === syncId ? null : course.active;
  return { ...remember(withoutWaiting(course, syncId), syncId), active };
}

/** True when the log has already decided on this request, so that its redelivery changes nothing (rule I4). */
export function isDecided(course: AccountCourse, syncId: string): boolean {
  const isWaiting = course.waiting.some((request) => request.syncId === syncId);
  return isWaiting || course.active?.syncId === syncId || course.recentSyncIds.includes(syncId);
}

function remember(course: AccountCourse, syncId: string): AccountCourse {
  if (course.recentSyncIds.includes(syncId)) return course;
  return { ...course, recentSyncIds: [...course.recentSyncIds, syncId].slice(-recentSyncIdsMax) };
}

function withoutWaiting(course: AccountCourse, syncId: string): AccountCourse {
  return { ...course, waiting: course.waiting.filter((request) => request.syncId !== syncId) };
}
