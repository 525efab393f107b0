import type { AccountCourse, ActiveSync } from "@millrace/shared/events/account-course";
import { waitingMax } from "@millrace/shared/events/account-course";
import {
  coalesceSync,
  failSync,
  isDecided,
  queueSync,
  startSync,
} from "@millrace/shared/events/evolve-course";
import type { CourseFact } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import type { ContentMode } from "@millrace/shared/mail/mail-message";
import type { MailboxProfile, ProviderFault, ProviderResult } from "@millrace/shared/providers/mail-provider";
import { outcomeOfFault } from "@millrace/shared/providers/outcome-of-fault";
import { done, ignore, type Outcome } from "@millrace/shared/runtime/outcome";
import type { Moment } from "@millrace/shared/runtime/step";
import { covers } from "./covers.ts";

/** What a decision about a request depends on. */
export interface RequestSituation {
  readonly ref: AccountRef;
  readonly request: AcceptedRequest;
  readonly course: AccountCourse;
  /** Sequence of the fact that carried `course`; 0 when there is none. */
  readonly courseSeq: number;
  readonly content: ContentMode;
  /** A sync of this id has run or ended before, longer ago than the course remembers. */
  readonly ranBefore: boolean;
  /** The mailbox now; null when the request will not start, so that nobody asked. */
  readonly profile: ProviderResult<MailboxProfile> | null;
  readonly attempt: number;
  readonly defaults: SyncDefaults;
}

export interface SyncDefaults {
  readonly chunkSize: number;
  readonly windowChunks: number;
}

/** True when this request would become the account's active sync: then its baseline is needed. */
export function willStart(course: AccountCourse, syncId: string): boolean {
  return course.active === null && course.waiting.length === 0 && !isDecided(course, syncId);
}

/**
 * Start, coalesce, queue or fail (rules I1 and I11).
 *
 * Consumes `SyncRequested`; emits one of `sync.started`, `sync.coalesced`, `sync.queued`, `sync.failed`,
 * expecting the course not to have moved. A redelivery finds its id in the course and changes nothing.
 */
export function decideRequest(situation: RequestSituation, moment: Moment): Outcome {
  const { course, request } = situation;
  if (situation.ranBefore || isDecided(course, request.syncId)) return ignore("decided before");
  return willStart(course, request.syncId) ? decideStart(situation, moment) : decideBesideOthers(situation);
}

/** Starts a request that nothing stands in the way of; also used for one that waited. */
export function decideStart(situation: RequestSituation, moment: Moment): Outcome {
  const { course, request, profile } = situation;
  if (profile === null) throw new Error(`No profile was gathered for ${request.syncId}`);
  if (!profile.ok) {
    if (!isFinal(profile.fault, situation.attempt))
      return outcomeOfFault(profile.fault, situation.attempt, moment);
    return append(situation, "failed", {
      type: "sync.failed",
      syncId: request.syncId,
      category: profile.fault.category,
      message: explain(profile.fault),
      request,
      course: failSync(course, request.syncId),
    });
  }
  const sync = activeSyncOf(situation, profile.value.watermark, moment.nowMs);
  return append(situation, "started", {
    type: "sync.started",
    syncId: request.syncId,
    sync,
    request,
    estimatedTotal: isWholeMailbox(request) ? profile.value.messagesTotal : null,
    course: startSync(course, sync),
  });
}

/** A mailbox that is refused for an unknown reason is asked for so often; then the sync ends and says why. */
const unknownFaultsMax = 10;

function isFinal({ category }: ProviderFault, attempt: number): boolean {
  return category === "consent_lost" || (category === "unknown" && attempt >= unknownFaultsMax);
}

function explain({ category, message }: ProviderFault): string {
  if (category !== "consent_lost") return `The mailbox cannot be read: ${message}`;
  return `The mailbox cannot be read any more, its owner has to connect it again (${message})`;
}

function decideBesideOthers(situation: RequestSituation): Outcome {
  const { course, request, content } = situation;
  const wanted = { ...request, content };
  const others = [
    ...(course.active === null ? [] : [course.active]),
    ...course.waiting.map((one) => ({ ...one, content })),
  ];
  const into = others.find((other) => covers(other, wanted))?.syncId;
  if (into !== undefined) {
    const after = coalesceSync(course, request.syncId);
    return append(situation, "coalesced", {
      type: "sync.coalesced",
      syncId: request.syncId,
      into,
      request,
      course: after,
    });
  }
  if (course.waiting.length >= waitingMax) {
    return append(situation, "failed", {
      type: "sync.failed",
      syncId: request.syncId,
      category: "too_many_waiting",
      message: `${waitingMax} syncs of this account are waiting already; ask again when some have ended`,
      request,
      course: failSync(course, request.syncId),
    });
  }
  return append(situation, "queued", {
    type: "sync.queued",
    syncId: request.syncId,
    behind: others[0]?.syncId ?? request.syncId,
    request,
    course: queueSync(course, request),
  });
}

function activeSyncOf(
  { request, content, defaults }: RequestSituation,
  baseline: string,
  nowMs: number,
): ActiveSync {
  const { chunkSize, query, labelIds } = request;
  return {
    syncId: request.syncId,
    mode: "full",
    requestedMode: request.mode,
    scope: { chunkSize, query, labelIds },
    chunkSize: chunkSize ?? defaults.chunkSize,
    windowChunks: defaults.windowChunks,
    content,
    baseline,
    startedAt: new Date(nowMs).toISOString(),
  };
}

function isWholeMailbox({ query, labelIds }: AcceptedRequest): boolean {
  return query === undefined && labelIds === undefined;
}

function append({ ref, courseSeq }: RequestSituation, what: string, fact: CourseFact): Outcome {
  return done({ kind: "append", ref, eventId: `${fact.syncId}.${what}`, expectedSeq: courseSeq, fact });
}
