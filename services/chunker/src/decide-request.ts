import {
  type AccountCourse,
  type ActiveSync,
  type Stage,
  waitingMax,
} from "@millrace/shared/events/account-course";
import {
  coalesceSync,
  endSync,
  fullPlan,
  isDecided,
  isPaused,
  nextToStart,
  queueSync,
  type Removal,
  refuseRemoved,
  startSync,
} from "@millrace/shared/events/evolve-course";
import type { CourseFact } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import type { ContentMode } from "@millrace/shared/mail/mail-message";
import { done, type Effect, ignore, type Outcome } from "@millrace/shared/runtime/outcome";
import type { Moment } from "@millrace/shared/runtime/step";
import { enqueueListing, releasedInTurn } from "@millrace/shared/steps/cut-chunks";
import { covers } from "./covers.ts";

/** What the start of a sync depends on. */
export interface StartSituation {
  readonly ref: AccountRef;
  readonly request: AcceptedRequest;
  readonly course: AccountCourse;
  /** Sequence of the fact that carried `course`; 0 when there is none. */
  readonly courseSeq: number;
  /** What the account keeps of a message; null when the account is not in the database any more. */
  readonly content: ContentMode | null;
  /** Pages of this sync are known: it ran before the log was lost, and goes on. */
  readonly beganBefore: boolean;
  /** Of its tenant's syncs no more run than may. */
  readonly hasSeat: boolean;
  /** Of the tenant: its syncs have a window so many times as wide. */
  readonly weight: number;
  readonly defaults: SyncDefaults;
}

/** What a decision about a request of an account that is leaving, or has left, depends on. */
export interface LeavingSituation {
  readonly leaving: Removal;
  readonly ref: AccountRef;
  readonly request: AcceptedRequest;
  readonly course: AccountCourse;
  readonly courseSeq: number;
}

/** What a decision about a request depends on. */
export interface RequestSituation extends StartSituation {
  readonly content: ContentMode;
  /** A sync of this id has run or ended before, longer ago than the course remembers. */
  readonly ranBefore: boolean;
  /** The active sync reads what has changed, or has read it: it may not see what this request is about. */
  readonly isReadingChanges: boolean;
}

/** As `ActiveSync` has it. */
const windowMax = 1_000;

export interface SyncDefaults {
  readonly chunkSize: number;
  readonly windowChunks: number;
}

/** True for a request that nothing of its own account keeps from starting: it needs a seat, and nothing else. */
export function needsSeat({
  course,
  request,
  ranBefore,
}: Pick<RequestSituation, "course" | "request" | "ranBefore">): boolean {
  if (ranBefore || isDecided(course, request.syncId)) return false;
  return nextToStart(queueSync(course, request))?.syncId === request.syncId;
}

/**
 * Start, coalesce, queue, pause or fail (rules I1 and I11). Asks nobody outside: a provider that is away delays the
 * listing, never the acceptance.
 *
 * Consumes `SyncRequested`; emits one of `sync.started` (and has its first page listed), `sync.coalesced`, `sync.queued`, `sync.paused`,
 * `sync.failed`, expecting the course not to have moved. A redelivery finds its id in the course and changes nothing.
 */
export function decideRequest(situation: RequestSituation, moment: Moment): Outcome {
  const { course, request, content } = situation;
  if (situation.ranBefore || isDecided(course, request.syncId)) return ignore("decided before");
  const wanted = { ...request, content };
  const others = [
    ...(course.active === null || situation.isReadingChanges ? [] : [course.active]),
    ...course.waiting
      .filter(({ syncId }) => !course.held.some((hold) => hold.syncId === syncId))
      .map((one) => ({ ...one, content })),
  ];
  const into = others.find((other) => covers(other, wanted))?.syncId;
  if (into !== undefined) {
    const after = coalesceSync(course, request.syncId, into);
    return append(situation, "coalesced", {
      type: "sync.coalesced",
      syncId: request.syncId,
      into,
      request,
      course: after,
    });
  }
  if (course.waiting.length >= waitingMax) return tooMany(situation);
  const queued = queueSync(course, request);
  if (course.consentLost !== null) {
    return append(situation, "paused", {
      type: "sync.paused",
      syncId: request.syncId,
      reason: "consent_lost",
      message: course.consentLost.message,
      request,
      course: queued,
    });
  }
  const isNext = needsSeat(situation);
  if (isNext && situation.hasSeat) return done(...startEffects(situation, moment));
  return append(situation, "queued", {
    type: "sync.queued",
    syncId: request.syncId,
    behind: isNext ? null : (course.active?.syncId ?? others[0]?.syncId ?? null),
    request,
    course: queued,
  });
}

/** A request that comes after its account's removal was asked for ends at once; after the removal nobody knows of it. */
export function decideLeaving({ leaving, ref, request, course, courseSeq }: LeavingSituation): Outcome {
  const { syncId } = request;
  if (leaving.removedAt !== undefined) return ignore("the account was removed");
  if (isDecided(course, syncId)) return ignore("decided before");
  return done({
    kind: "append",
    ref,
    eventId: `${syncId}.failed`,
    expectedSeq: courseSeq,
    fact: {
      type: "sync.failed",
      syncId,
      category: "account_removed",
      message: "The account is being removed",
      request,
      course: refuseRemoved(course, syncId),
    },
  });
}

/** Starts a request that nothing stands in the way of; also used for one that waited. */
export function startEffects(situation: StartSituation, moment: Moment): readonly Effect[] {
  const { ref, course, request, content, beganBefore, hasSeat } = situation;
  if (!hasSeat || isPaused(course, request.syncId)) return [];
  if (content === null) {
    const failed = appendEffect(situation, "failed", {
      type: "sync.failed",
      syncId: request.syncId,
      category: "account_removed",
      message: "The account is not in the database any more",
      request,
      course: endSync(course, request.syncId),
    });
    return [failed];
  }
  const sync = activeSyncOf(situation, content, moment.nowMs);
  const started = appendEffect(situation, sync.run === 0 ? "started" : `started.${sync.run}`, {
    type: "sync.started",
    syncId: request.syncId,
    sync,
    request,
    course: startSync(course, sync),
  });
  // What follows from the fact anyway, a hop earlier: its first page is listed at once.
  return beganBefore ? [started] : [started, enqueueListing({ ref, active: sync }, 0, releasedInTurn)];
}

function tooMany(situation: RequestSituation): Outcome {
  const { course, request } = situation;
  return append(situation, "failed", {
    type: "sync.failed",
    syncId: request.syncId,
    category: "too_many_waiting",
    message: `${waitingMax} syncs of this account are waiting already; ask again when some have ended`,
    request,
    course: endSync(course, request.syncId),
  });
}

function activeSyncOf(
  { request, course, defaults, beganBefore, weight }: StartSituation,
  content: ContentMode,
  nowMs: number,
): ActiveSync {
  const { chunkSize, query, labelIds, repairOf } = request;
  const { mode, plan } = planOf(request, course.watermark);
  return {
    syncId: request.syncId,
    mode,
    requestedMode: request.mode,
    scope: { chunkSize, query, labelIds },
    repairOf,
    chunkSize: chunkSize ?? defaults.chunkSize,
    windowChunks: Math.min(windowMax, Math.max(1, Math.round(weight * defaults.windowChunks))),
    content,
    startedAt: new Date(nowMs).toISOString(),
    // Runs may have been that the log has lost: this one is later than all of them.
    run: beganBefore ? nowMs : 0,
    plan: [...plan],
    since: mode === "incremental" ? course.watermark : null,
    round: 0,
    joined: 0,
    pausedMs: 0,
  };
}

/** Changes say what has happened to a whole mailbox, so only a sync of all of it ends with them. */
function planOf(
  { mode, query, labelIds, repairOf }: AcceptedRequest,
  watermark: string | null,
): Pick<ActiveSync, "mode"> & { readonly plan: readonly Stage[] } {
  if (repairOf !== undefined) return { mode: "full", plan: ["findings"] };
  if (query !== undefined || labelIds !== undefined) return { mode: "full", plan: ["listing"] };
  if (mode !== "full" && watermark !== null) return { mode: "incremental", plan: ["changes"] };
  return { mode: "full", plan: fullPlan };
}

const append = (...appended: Parameters<typeof appendEffect>): Outcome => done(appendEffect(...appended));

const appendEffect = (
  { ref, courseSeq }: StartSituation,
  what: string,
  fact: CourseFact & { syncId: string },
): Effect => ({ kind: "append", ref, eventId: `${fact.syncId}.${what}`, expectedSeq: courseSeq, fact });
