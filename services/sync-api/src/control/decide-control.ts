import { type AccountCourse, waitingMax } from "@millrace/shared/events/account-course";
import {
  endSync,
  holdSync,
  isDecided,
  isPaused,
  isUnderWay,
  queueSync,
  resumeSync,
} from "@millrace/shared/events/evolve-course";
import type { CourseFact } from "@millrace/shared/events/facts";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import { hasEnded, type SyncStatus } from "../resources/sync.ts";

export type ControlAction = "pause" | "resume" | "cancel" | "retry";

/** What a decision about a sync depends on. */
export interface ControlSituation {
  readonly syncId: string;
  readonly course: AccountCourse;
  /** As the views have it; they may lag behind the log. */
  readonly viewed: SyncStatus;
  /** What was asked for, when the API wrote it down. */
  readonly request: AcceptedRequest | null;
  /** How it ended, when the log's newest fact tells it. */
  readonly endedAs: SyncStatus | null;
  readonly nowMs: number;
}

export type ControlDecision =
  /** Append it, expecting that the course has not moved. */
  | { readonly kind: "append"; readonly fact: CourseFact; readonly status: SyncStatus }
  /** It is so already. */
  | { readonly kind: "nothing"; readonly status: SyncStatus }
  | { readonly kind: "refuse"; readonly code: RefusalCode; readonly detail: string }
  /** Publish the request again. */
  | { readonly kind: "publish"; readonly request: AcceptedRequest }
  /** Put all its open dead letters back on the queue. */
  | { readonly kind: "redrive" }
  /** Ask for a new sync of the same scope. */
  | { readonly kind: "ask_anew"; readonly status: SyncStatus };

export type RefusalCode =
  | "sync_ended"
  | "account_removing"
  | "too_many_waiting"
  | "log_restoring"
  | "view_behind";

/** Where a sync stands, by the log first. `lost`: the log does not know one that the views have as under way. */
type Standing = Exclude<SyncStatus, "requested"> | "requested" | "ended" | "lost";

/**
 * What becomes of a person's wish about a sync. Pure. The log decides what a sync's state is; the views are asked
 * only for what the log does not carry, so that a view that lags changes nothing.
 */
export function decideControl(action: ControlAction, situation: ControlSituation): ControlDecision {
  if (situation.course.removal !== undefined) return removing;
  const standing = standingOf(situation);
  switch (action) {
    case "pause":
      return decidePause(standing, situation);
    case "resume":
      return decideResume(standing, situation);
    case "cancel":
      return decideCancel(standing, situation);
    case "retry":
      return decideRetry(standing, situation);
  }
}

function standingOf({ course, syncId, viewed, endedAs }: ControlSituation): Standing {
  if (isUnderWay(course, syncId)) {
    if (isPaused(course, syncId)) return "paused";
    return course.active?.syncId === syncId ? "running" : "queued";
  }
  if (hasEnded({ status: viewed })) return viewed;
  if (isDecided(course, syncId)) return endedAs ?? "ended";
  return viewed === "requested" ? "requested" : "lost";
}

/** One that pauses for lost consent is held as well, so that it stays paused when the mailbox is connected again. */
function decidePause(
  standing: Standing,
  { syncId, course, request, nowMs }: ControlSituation,
): ControlDecision {
  if (standing === "lost") return restoring;
  if (isEnd(standing)) return refuseEnded(standing);
  if (course.held.some((hold) => hold.syncId === syncId)) return { kind: "nothing", status: "paused" };
  const isNew = standing === "requested";
  if (isNew && request === null) return restoring;
  if (isNew && course.waiting.length >= waitingMax) return tooMany;
  const known = isNew && request !== null ? queueSync(course, request) : course;
  const fact: CourseFact = {
    type: "sync.paused",
    syncId,
    reason: "requested",
    message: "Paused by request",
    request: isNew ? request : null,
    course: holdSync(known, syncId, new Date(nowMs).toISOString()),
  };
  return { kind: "append", fact, status: "paused" };
}

function decideResume(standing: Standing, situation: ControlSituation): ControlDecision {
  if (standing === "lost") return restoring;
  if (isEnd(standing)) return refuseEnded(standing);
  return standing === "paused" ? resume(situation) : { kind: "nothing", status: standing };
}

function decideCancel(standing: Standing, { syncId, course, request }: ControlSituation): ControlDecision {
  if (standing === "cancelled") return { kind: "nothing", status: "cancelled" };
  if (isEnd(standing)) return refuseEnded(standing);
  const fact: CourseFact = {
    type: "sync.cancelled",
    syncId,
    request: standing === "requested" || standing === "lost" ? request : null,
    course: endSync(course, syncId),
  };
  return { kind: "append", fact, status: "cancelled" };
}

function decideRetry(standing: Standing, situation: ControlSituation): ControlDecision {
  switch (standing) {
    case "running": // planned anew at once, without the waits that its work is in
    case "paused":
      return resume(situation);
    case "queued":
      return { kind: "nothing", status: "queued" };
    case "requested":
      return situation.request === null ? restoring : { kind: "publish", request: situation.request };
    case "partial":
      return { kind: "redrive" };
    case "failed":
    case "cancelled":
      return { kind: "ask_anew", status: standing };
    case "completed":
    case "coalesced":
      return refuseEnded(standing);
    case "ended":
      return {
        kind: "refuse",
        code: "view_behind",
        detail: "It has ended, and how is not known here yet. Try again in a moment.",
      };
    case "lost":
      return restoring;
  }
}

function resume({ syncId, course, nowMs }: ControlSituation): ControlDecision {
  const fact: CourseFact = {
    type: "sync.resumed",
    syncId,
    course: resumeSync(course, syncId, new Date(nowMs).toISOString()),
  };
  return { kind: "append", fact, status: course.active?.syncId === syncId ? "running" : "queued" };
}

type End = Extract<Standing, "completed" | "partial" | "failed" | "cancelled" | "coalesced" | "ended">;

function isEnd(standing: Standing): standing is End {
  return standing === "ended" || (standing !== "lost" && hasEnded({ status: standing }));
}

const remedies: Readonly<Record<End, string>> = {
  completed: "It has completed; ask for a new sync to look again.",
  partial: "It has ended with dead letters; retry redrives them.",
  failed: "It has failed; retry asks for a new sync of the same scope.",
  cancelled: "It was cancelled; retry asks for a new sync of the same scope.",
  coalesced: "Another sync covers it: see coalescedInto, and act on that one.",
  ended: "It has ended.",
};

const refuseEnded = (standing: End): ControlDecision => ({
  kind: "refuse",
  code: "sync_ended",
  detail: remedies[standing],
});

const removing: ControlDecision = {
  kind: "refuse",
  code: "account_removing",
  detail: "Its account is being removed, and all of its syncs have ended with that.",
};

const tooMany: ControlDecision = {
  kind: "refuse",
  code: "too_many_waiting",
  detail: `${waitingMax} syncs of this account wait already. Cancel some, or try again when some have ended.`,
};

const restoring: ControlDecision = {
  kind: "refuse",
  code: "log_restoring",
  detail: "The log has lost this sync and it is being restored from the database. Try again within a minute.",
};
