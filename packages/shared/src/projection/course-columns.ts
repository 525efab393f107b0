import type { AccountCourse, ActiveSync } from "../events/account-course.ts";
import { isUnderWay } from "../events/evolve-course.ts";
import type { CourseFact } from "../events/facts.ts";
import type { SyncRequest } from "../events/sync-request.ts";
import type { Pause, SyncStatus, SyncView, Trouble } from "./views.ts";

/** For a pause whose fact is not known. */
const pausedByPerson = "Paused by request";

/**
 * What an account's course says of a sync that has not ended: the active one runs, the others wait, unless they
 * pause; and what it knows of their requests.
 */
export function courseColumns(view: SyncView | null, syncId: string, fact: CourseFact) {
  const { course } = fact;
  const active = course.active?.syncId === syncId ? course.active : null;
  const waiting = course.waiting.find((request) => request.syncId === syncId);
  const run = active?.run ?? view?.run ?? 0;
  const isPlannedAnew = view !== null && run !== view.run;
  return {
    ...(waiting === undefined ? {} : requestColumns(waiting)),
    ...(active === null ? {} : startColumns(active)),
    ...(isPlannedAnew ? { trouble: view.trouble && voided(view.trouble) } : {}),
    ...statusColumns(course, syncId, pausedMessage(view, syncId, fact)),
    run,
  };
}

/** Whatever it was that failed, other work has taken its place; that nothing has succeeded since then stays true. */
const voided = (trouble: Trouble): Trouble => ({ ...trouble, nextAt: null, isVoid: true });

interface StatusColumns {
  readonly status: SyncStatus;
  readonly paused: Pause | null;
}

/** A person's pause comes first: whatever becomes of the mailbox, that person resumes the sync. */
function statusColumns(course: AccountCourse, syncId: string, message: string): StatusColumns {
  const hold = course.held.find((held) => held.syncId === syncId);
  if (hold !== undefined) {
    return { status: "paused", paused: { reason: "requested", message, since: hold.since } };
  }
  if (course.consentLost !== null && isUnderWay(course, syncId)) {
    const { message: why, since } = course.consentLost;
    return { status: "paused", paused: { reason: "consent_lost", message: why, since } };
  }
  // One that was resumed before any request for it was decided on waits as well.
  return { status: course.active?.syncId === syncId ? "running" : "queued", paused: null };
}

function pausedMessage(view: SyncView | null, syncId: string, fact: CourseFact): string {
  if (fact.type === "sync.paused" && fact.syncId === syncId && fact.reason === "requested")
    return fact.message;
  return view?.paused?.reason === "requested" ? view.paused.message : pausedByPerson;
}

export function requestColumns(request: SyncRequest) {
  const { mode, trigger, requestedAt, repairOf, chunkSize, query, labelIds } = request;
  return {
    requested_mode: mode,
    trigger,
    scope: { chunkSize, query, labelIds },
    repair_of: repairOf ?? null,
    ...(requestedAt === undefined ? {} : { requested_at: requestedAt, created_at: requestedAt }),
  };
}

function startColumns(active: ActiveSync) {
  return {
    mode: active.mode,
    chunk_size: active.chunkSize,
    window_chunks: active.windowChunks,
    content: active.content,
    started_at: active.startedAt,
    paused_ms: active.pausedMs,
  };
}
