import type { Stage } from "@millrace/shared/events/account-course";
import { endSync, isPaused, rebaseSync } from "@millrace/shared/events/evolve-course";
import type { Fact } from "@millrace/shared/events/facts";
import { type AccountRef, anyPageSubject } from "@millrace/shared/events/subjects";
import type { ListItem } from "@millrace/shared/events/work-item";
import type { ProviderFault } from "@millrace/shared/providers/mail-provider";
import {
  type AttemptPolicy,
  type AttemptVerdict,
  decideAttempt,
} from "@millrace/shared/runtime/decide-attempt";
import { done, type Effect, ignore, type Outcome } from "@millrace/shared/runtime/outcome";
import type { Moment } from "@millrace/shared/runtime/step";
import type { CourseAt } from "@millrace/shared/state/sync-state";
import { chunksListed, messagesListed, type Page } from "@millrace/shared/steps/cut-chunks";
import { endForRemovedAccount } from "@millrace/shared/steps/end-removed";
import { pauseForConsent } from "@millrace/shared/steps/pause-for-consent";
import { type PageContent, roundsMax } from "./ask-for-page.ts";

export interface ClaimedListing {
  readonly ref: AccountRef;
  readonly item: ListItem;
  /** When it was put on the queue, milliseconds since the epoch. */
  readonly enqueuedAtMs: number;
}

/** What came of asking for the page. */
export type ListingReport =
  | { readonly kind: "void"; readonly why: string }
  | { readonly kind: "account_removed" }
  | {
      readonly kind: "listed";
      readonly content: PageContent;
      readonly labelsRemoved: readonly string[];
      /** As the sync was before anybody was asked. */
      readonly stage: Stage;
      readonly round: number;
      readonly joined: number;
      /** The page before; null for the first. */
      readonly before: Page | null;
    }
  | {
      readonly kind: "fault";
      readonly fault: ProviderFault;
      readonly gotFurther: boolean;
      readonly stage: Stage;
      /** The page was to go on where the one before ends. */
      readonly isNext: boolean;
      readonly credentialsVersion: number;
    };

/** The account as it is after the page was asked for. */
export interface ListingSituation extends CourseAt {
  readonly newestPage: Page | null;
  /** Of the last page that the log has; 0 when it has none. */
  readonly newestPageSeq: number;
  /** Null when the account is not in the database any more. */
  readonly credentialsVersion: number | null;
}

/**
 * Records a listed page, or what became of the attempt.
 *
 * Consumes a `list` item of `WORK`; emits `page.listed` (the first writer wins for ever) and `labels.removed`,
 * `page.attempt_failed`, `sync.rebased` (the provider has forgotten the watermark), `sync.paused` or `sync.failed`. A
 * redelivery finds the page listed.
 */
export function decideListing(
  claimed: ClaimedListing,
  report: ListingReport,
  situation: ListingSituation,
  policy: AttemptPolicy,
  moment: Moment,
): Outcome {
  const { ref, item } = claimed;
  const { course } = situation;
  const { active } = course;
  if (report.kind === "void") return ignore(report.why);
  if (active?.syncId !== item.syncId || active.run !== item.run)
    return ignore("the sync has ended, or began anew");
  if (isPaused(course, item.syncId)) return ignore("the sync is paused");
  if (report.kind === "account_removed") return done(...endForRemovedAccount(ref, situation));
  if (report.kind === "fault") return decideFault(claimed, report, situation, policy, moment);

  const { content, labelsRemoved, before, stage, round, joined } = report;
  if (!isSamePage(before, situation.newestPage))
    return ignore("listed meanwhile, or the log has lost the page before");
  const fact: Fact = {
    type: "page.listed",
    syncId: item.syncId,
    pageNumber: item.pageNumber,
    ...content,
    mark: moment.random.toString(36).slice(2),
    firstChunk: chunksListed(before),
    chunkCount: Math.ceil(content.messageIds.length / active.chunkSize),
    chunkSize: active.chunkSize,
    listedBefore: messagesListed(before),
    stage,
    round,
    joined,
  };
  const page: Effect = {
    kind: "append",
    ref,
    eventId: `${item.syncId}.page.${item.pageNumber}`,
    // No page gets into a log that lacks the one before it: the log may have been lost since that was read.
    expectedSeq: situation.newestPageSeq,
    expectedOn: anyPageSubject(ref, item.syncId),
    fact,
  };
  return labelsRemoved.length === 0 ? done(page) : done(page, tellRemoved(ref, item, labelsRemoved));
}

/** Labels leave all of their messages at once: their names are told instead of the messages'. */
const tellRemoved = (
  ref: AccountRef,
  { syncId, pageNumber }: ListItem,
  labelIds: readonly string[],
): Effect => ({
  kind: "append",
  ref,
  eventId: `${syncId}.labels.${pageNumber}`,
  expectedSeq: null,
  fact: { type: "labels.removed", syncId, labelIds: [...labelIds] },
});

/** A page continues the one before: of a log that was restored from an older copy that may be another one by now. */
const isSamePage = (a: Page | null, b: Page | null): boolean =>
  a?.pageNumber === b?.pageNumber && a?.mark === b?.mark;

function decideFault(
  { ref, item, enqueuedAtMs }: ClaimedListing,
  report: Extract<ListingReport, { kind: "fault" }>,
  situation: ListingSituation,
  policy: AttemptPolicy,
  moment: Moment,
): Outcome {
  const { fault, gotFurther, credentialsVersion } = report;
  // Refused with credentials that were replaced meanwhile: the new ones may do.
  const isOutdated = fault.category === "consent_lost" && credentialsVersion !== situation.credentialsVersion;
  const category = isOutdated ? "transient" : fault.category;
  const attempt = { category, retryAtMs: fault.retryAtMs, gotFurther };
  const { next, atMs, history, setAsideAt } = decideAttempt(attempt, item.history, moment, policy);
  // A listing that was put back begins without a history: only with its time is an attempt told from an earlier one.
  const attemptId = `${item.syncId}.page.${item.pageNumber}.run.${item.run}.attempt.${history.failed}.${enqueuedAtMs}`;
  const effects: Effect[] = [
    {
      kind: "append",
      ref,
      eventId: attemptId,
      expectedSeq: null,
      fact: {
        type: "page.attempt_failed",
        syncId: item.syncId,
        pageNumber: item.pageNumber,
        category,
        message: fault.message,
        attempt: history.failed,
        next,
        nextAt: atMs === null ? null : new Date(atMs).toISOString(),
        ...(setAsideAt === undefined ? {} : { setAsideAt }),
      },
    },
  ];
  if (isForgotten(report, next, situation)) effects.push(rebase(ref, item, fault, situation));
  else if (next === "pause") effects.push(...pauseForConsent(ref, situation, fault.message, moment));
  else if (next === "set_aside") effects.push(unlistable(ref, item, fault, situation));
  else
    effects.push({
      kind: "enqueue",
      ref,
      lane: "list",
      item: { ...item, history },
      dedupeId: `${attemptId}.again`,
      dueAtMs: atMs,
    });
  return done(...effects);
}

/** The provider does not know any more where to go on: with changes, or, for good, with a listing. */
function isForgotten(
  { fault, stage, isNext }: Extract<ListingReport, { kind: "fault" }>,
  next: AttemptVerdict["next"],
  { course }: ListingSituation,
): boolean {
  if (stage === "changes" && fault.category === "watermark_expired") return true;
  return isNext && next === "set_aside" && (course.active?.round ?? roundsMax) < roundsMax;
}

/** Changes cannot be read from where they were to begin: the whole mailbox is compared with the store instead. */
function rebase(ref: AccountRef, item: ListItem, fault: ProviderFault, { course, seq }: CourseAt): Effect {
  const after = rebaseSync(course);
  return {
    kind: "append",
    ref,
    eventId: `${item.syncId}.rebased.${after.active?.round ?? 0}`,
    expectedSeq: seq,
    fact: {
      type: "sync.rebased",
      syncId: item.syncId,
      reason: `The provider does not know any more where to go on (${fault.message})`.slice(0, 1000),
      course: after,
    },
  };
}

function unlistable(
  ref: AccountRef,
  item: ListItem,
  fault: ProviderFault,
  { course, seq }: CourseAt,
): Effect {
  return {
    kind: "append",
    ref,
    eventId: `${item.syncId}.ended`,
    expectedSeq: seq,
    fact: {
      type: "sync.failed",
      syncId: item.syncId,
      category: fault.category,
      message: `The mailbox cannot be listed: ${fault.message}`,
      request: null,
      course: endSync(course, item.syncId),
    },
  };
}
