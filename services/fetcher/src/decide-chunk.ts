import {
  type ChunkProgress,
  hasOpenLetter,
  isSettled,
  releasedCount,
  settleChunk,
} from "@millrace/shared/events/chunk-progress";
import { isPaused } from "@millrace/shared/events/evolve-course";
import type { FactOf } from "@millrace/shared/events/facts";
import { isBalanced } from "@millrace/shared/events/ledger";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { type ChunkItem, workMark } from "@millrace/shared/events/work-item";
import type { ProviderFault } from "@millrace/shared/providers/mail-provider";
import {
  type AttemptPolicy,
  type AttemptVerdict,
  decideAttempt,
} from "@millrace/shared/runtime/decide-attempt";
import { done, type Effect, ignore, type Outcome } from "@millrace/shared/runtime/outcome";
import type { Moment } from "@millrace/shared/runtime/step";
import type { CourseAt, ProgressAt } from "@millrace/shared/state/sync-state";
import { enqueueChunk, holdsChunk, type Page, releasedInTurn } from "@millrace/shared/steps/cut-chunks";
import { endForRemovedAccount } from "@millrace/shared/steps/end-removed";
import { pauseForConsent } from "@millrace/shared/steps/pause-for-consent";
import type { ChangedMail } from "./changed-mail.ts";
import { lastAttemptOf } from "./confirm-faults.ts";
import {
  countOf,
  type FetchReport,
  gotFurther,
  governingFault,
  leaveLetters,
  setAside,
  shareOf,
} from "./fetch-report.ts";
import type { ClaimedWork } from "./fetcher-ports.ts";

/** What came of a claim; a report, or why nothing was fetched. */
export type FetchResult =
  | FetchReport
  | {
      readonly kind: "void";
      readonly why: string;
      /** What earlier deliveries of it have stored. */
      readonly mail: ChangedMail;
    }
  | { readonly kind: "account_removed" };

/** Account and sync, read after the messages were stored. */
export interface FetchSituation {
  readonly at: CourseAt;
  readonly checkpoint: ProgressAt;
  /** Null when the account is not in the database any more. */
  readonly credentialsVersion: number | null;
  /** The chunk's page and the newest one; null when the listing does not have the chunk with just these messages. */
  readonly pages: readonly Page[] | null;
}

export const isReport = (result: FetchResult): result is FetchReport => "outcomes" in result;

export const settledBefore = "settled before";

/** Why nothing is to be done for this chunk (any more); null when something is. */
export function whyVoid(item: ChunkItem, { course }: CourseAt, { progress }: ProgressAt): string | null {
  const { active } = course;
  if (isSettled(progress, item.chunkIndex)) return settledBefore;
  if (active?.syncId !== item.syncId) return "the sync is over";
  if (active.run !== item.run) return "the sync's work was planned anew";
  return isPaused(course, item.syncId) ? "the sync is paused" : null;
}

/**
 * Settles a chunk, or says what comes next.
 *
 * Consumes a chunk of `WORK`; puts the next chunk of the window on it, and emits `chunk.fetched` (or
 * `chunk.dead_lettered`) with the chunk's share of the ledger and the checkpoint after it, expecting that no other chunk
 * was settled in between; else `chunk.attempt_failed`, and the chunk goes back to the queue, due later; one whose turn
 * with the provider comes later does so without a fact. What was stored of it and cannot be settled any more,
 * `chunk.abandoned` tells. A redelivery finds the chunk settled.
 */
export function decideChunk(
  work: ClaimedWork & { readonly item: ChunkItem },
  result: FetchResult,
  situation: FetchSituation,
  policy: AttemptPolicy,
  moment: Moment,
): Outcome {
  const { ref, item } = work;
  const why = whyVoid(item, situation.at, situation.checkpoint);
  if (why !== null) {
    // Nobody is to hear of mail that is being removed.
    if (situation.at.course.removal !== undefined) return ignore("the account is being removed");
    // Who settled the chunk before has told of it, but of nothing that this delivery has stored since.
    const isTold = why === settledBefore && !(isReport(result) && gotFurther(result));
    return isTold || !("mail" in result) ? ignore(why) : leave(work, why, result.mail);
  }
  if (!isReport(result)) {
    return result.kind === "void" ? ignore(result.why) : done(...endForRemovedAccount(ref, situation.at));
  }
  if (situation.pages === null) return ignore("the log has lost its page, which is listed anew");
  const fault = governingFault(result);
  if (fault === null) return settle(work, result, result.setAsideFor ?? null, situation);
  const verdict = judge(fault, work, result, situation, policy, moment);
  if (fault.isOwnWait === true) return done(requeue(work, result, verdict)); // nobody was asked: no attempt
  const attempt = attemptFact(work, result, verdict);
  if (verdict.next === "set_aside") {
    const settled = settle(work, setAside(result), verdict.fault, situation);
    return settled.kind === "done" ? done(...settled.effects, attempt) : settled;
  }
  if (verdict.next === "pause") {
    return done(...pauseForConsent(ref, situation.at, fault.message, moment), attempt);
  }
  return done(attempt, requeue(work, result, verdict));
}

/** Whoever follows mail hears of what is there, also when its sync pauses and is cancelled, or when its worker was slow. */
function leave(
  { ref, item, deliveryCount, enqueuedAtMs }: ClaimedWork & { readonly item: ChunkItem },
  why: string,
  mail: ChangedMail,
): Outcome {
  const { syncId, chunkIndex } = item;
  if (mail.added.length + mail.changed.length + mail.deleted.length === 0) return ignore(why);
  return done({
    kind: "append",
    ref,
    eventId: `${syncId}.chunk.${workMark(item)}.left.${enqueuedAtMs}.${deliveryCount}`,
    expectedSeq: null,
    fact: { type: "chunk.abandoned", syncId, chunkIndex, mail },
  });
}

/** Work whose turn comes then waits for the moment in its place: schedules of the broker are up to 250 ms late. */
const comeBackEarlyMs = 400;

type Verdict = AttemptVerdict & { readonly fault: ProviderFault };

export function judge(
  fault: ProviderFault,
  { item }: ClaimedWork,
  report: FetchReport,
  { credentialsVersion }: FetchSituation,
  policy: AttemptPolicy,
  moment: Moment,
): Verdict {
  if (fault.isOwnWait === true) {
    const atMs = Math.max(moment.nowMs, (fault.retryAtMs ?? 0) - comeBackEarlyMs);
    return { next: "wait", atMs, history: item.history, fault };
  }
  // Refused with credentials that were replaced meanwhile: the new ones may do.
  const isOutdated = fault.category === "consent_lost" && report.credentialsVersion !== credentialsVersion;
  const seen: ProviderFault = isOutdated ? { ...fault, category: "transient" } : fault;
  const attempt = { category: seen.category, retryAtMs: seen.retryAtMs, gotFurther: gotFurther(report) };
  const verdict = decideAttempt(attempt, item.history, moment, policy);
  const isAccident = verdict.next === "retry" && seen.category === "transient";
  return {
    ...verdict,
    ...(isAccident ? { setAsideAt: lastAttemptOf(verdict.history, policy) } : {}),
    fault: seen,
  };
}

export function attemptFact(
  { ref, item, enqueuedAtMs }: ClaimedWork,
  report: FetchReport,
  { fault, next, atMs, history, setAsideAt }: Verdict,
): Effect {
  const { syncId, chunkIndex } = item;
  const open = countOf(report, "open");
  return {
    kind: "append",
    ref,
    eventId: `${syncId}.${item.kind}.${chunkIndex}.attempt.${history.failed}.${enqueuedAtMs}`,
    expectedSeq: null,
    fact: {
      type: "chunk.attempt_failed",
      syncId,
      chunkIndex,
      category: fault.category,
      message: fault.message,
      attempt: history.failed,
      next,
      nextAt: atMs === null ? null : new Date(atMs).toISOString(),
      ...(setAsideAt === undefined ? {} : { setAsideAt }),
      settled: report.outcomes.size - open,
      open,
      isRedrive: item.kind === "redrive",
    },
  };
}

function requeue(
  { ref, lane, item, enqueuedAtMs }: ClaimedWork,
  { isSuspect }: FetchReport,
  { fault, atMs, history }: Verdict,
): Effect {
  return {
    kind: "enqueue",
    ref,
    lane,
    item: { ...item, history, isSuspect, hasWaited: fault.isOwnWait },
    dedupeId: `${item.syncId}.chunk.${item.chunkIndex}.attempt.${history.failed}.${enqueuedAtMs}`,
    dueAtMs: atMs,
  };
}

/** @param fault why the chunk as a whole is set aside; null when it is not */
function settle(
  { ref, lane, item }: ClaimedWork & { readonly item: ChunkItem },
  given: FetchReport,
  fault: NonNullable<FetchReport["setAsideFor"]> | null,
  situation: FetchSituation,
): Outcome {
  const { progress, seq } = situation.checkpoint;
  const report = leaveLetters(given, (messageId) => hasOpenLetter(progress, messageId));
  const { syncId, chunkIndex, pageNumber } = item;
  const share = shareOf(report, item.messageIds);
  if (!isBalanced(share)) {
    throw new Error(`Chunk ${chunkIndex} of ${syncId} does not balance: ${JSON.stringify(share)}`);
  }
  const letters = lettersOf(report).map((letter, i) => ({ ordinal: progress.letterCount + i, ...letter }));
  const after = settleChunk(progress, chunkIndex, share, letters);
  if (after === null) return ignore("settled by another delivery");
  const release = releaseAfter(after, ref, situation);
  const settled = {
    syncId,
    chunkIndex,
    pageNumber,
    lane,
    ledger: share,
    attempt: item.history.failed + 1,
    letters,
    mail: report.mail,
    progress: after,
    ...(release === null ? {} : { releases: release.releases }),
  };
  const isWhole = fault !== null && share.deadLettered === share.listed;
  // First the work, then the fact that says so: a crash in between releases it once more, which changes nothing.
  return done(...(release === null ? [] : [release.effect]), {
    kind: "append",
    ref,
    eventId: `${syncId}.chunk.${chunkIndex}.settled`,
    expectedSeq: seq,
    fact: isWhole
      ? { type: "chunk.dead_lettered", ...settled, category: fault.category, message: fault.message }
      : { type: "chunk.fetched", ...settled },
  });
}

/**
 * The chunk that the window reaches once another one is settled.
 *
 * @returns null when it is not on a page that was read: what follows then, the chunker finds out
 */
function releaseAfter(
  progress: ChunkProgress,
  ref: AccountRef,
  { at, pages }: FetchSituation,
): { readonly releases: FactOf<"chunk.fetched">["releases"]; readonly effect: Effect } | null {
  const { active } = at.course;
  if (active === null) return null;
  const chunkIndex = releasedCount(progress, active.windowChunks) - 1;
  const page = pages?.find((candidate) => holdsChunk(candidate, chunkIndex));
  if (page === undefined || isSettled(progress, chunkIndex)) return null;
  const effect = enqueueChunk({ ref, active }, page, chunkIndex, releasedInTurn);
  return { releases: { chunkIndex, run: active.run }, effect };
}

function lettersOf({ outcomes }: FetchReport) {
  return [...outcomes].flatMap(([messageId, outcome]) =>
    outcome.kind === "letter"
      ? [{ messageId, category: outcome.category, message: outcome.message.slice(0, 1000) }]
      : [],
  );
}
