import { isLetterOpen, type LetterOutcome, settleLetters } from "@millrace/shared/events/chunk-progress";
import type { RedriveItem } from "@millrace/shared/events/work-item";
import type { AttemptPolicy } from "@millrace/shared/runtime/decide-attempt";
import { done, type Effect, ignore, type Outcome } from "@millrace/shared/runtime/outcome";
import type { Moment } from "@millrace/shared/runtime/step";
import type { ProgressAt } from "@millrace/shared/state/sync-state";
import { attemptFact, type FetchResult, type FetchSituation, isReport, judge } from "./decide-chunk.ts";
import { type FetchReport, governingFault, type MessageOutcome, setAside } from "./fetch-report.ts";
import type { ClaimedWork } from "./fetcher-ports.ts";

interface Letter {
  readonly ordinal: number;
  readonly messageId: string;
  readonly outcome: MessageOutcome;
}

/** Why nothing is to be done for these letters (any more); null when something is. */
export function whyRedriveIsVoid({ ordinals }: RedriveItem, { progress }: ProgressAt): string | null {
  return ordinals.some((ordinal) => isLetterOpen(progress, ordinal)) ? null : "the letters are settled";
}

/**
 * Settles dead letters that were put back, or says what comes next.
 *
 * Consumes a `redrive` item of `WORK`; emits `dead_letters.settled` for those that have their mail now (with the
 * checkpoint after it, whose ledger they moved), `dead_letters.refused` for those that were refused again, and for
 * the rest `chunk.attempt_failed`: they go back to the queue, due later. Works for running and for ended syncs. For a
 * mailbox whose owner took the consent back nothing waits here: the letters say so, and are redriven after it.
 */
export function decideRedrive(
  work: ClaimedWork & { readonly item: RedriveItem },
  result: FetchResult,
  situation: FetchSituation,
  policy: AttemptPolicy,
  moment: Moment,
): Outcome {
  const why = whyRedriveIsVoid(work.item, situation.checkpoint);
  if (why !== null) return ignore(why);
  if (!isReport(result)) return ignore(result.kind === "void" ? result.why : "the account was removed");
  if (situation.at.course.removal !== undefined) return ignore("the account is being removed");
  const fault = governingFault(result);
  if (fault === null) return done(...settle(work, result, situation));
  const judged = judge(fault, work, result, situation, policy, moment);
  const verdict = judged.next === "pause" ? { ...judged, next: "set_aside" as const } : judged;
  const attempt = attemptFact(work, result, verdict);
  if (verdict.next === "set_aside") return done(...settle(work, setAside(result), situation), attempt);
  const open = openLetters(work.item, result, situation.checkpoint);
  const again = open.length === 0 ? [] : [requeue(work, open, result, verdict)];
  const told = fault.isOwnWait === true ? [] : [attempt]; // nobody was asked: no attempt
  return done(...settle(work, result, situation), ...told, ...again);
}

/** What is to be tried again; not what somebody discarded meanwhile. */
function openLetters(item: RedriveItem, report: FetchReport, { progress }: ProgressAt): Letter[] {
  return lettersOf(item, report).filter(
    ({ ordinal, outcome }) => outcome.kind === "open" && isLetterOpen(progress, ordinal),
  );
}

function lettersOf({ messageIds, ordinals }: RedriveItem, { outcomes }: FetchReport): Letter[] {
  return ordinals.flatMap((ordinal, i) => {
    const messageId = messageIds[i];
    const outcome = messageId === undefined ? undefined : outcomes.get(messageId);
    return messageId === undefined || outcome === undefined ? [] : [{ ordinal, messageId, outcome }];
  });
}

function settle(
  { ref, item, enqueuedAtMs }: ClaimedWork & { readonly item: RedriveItem },
  report: FetchReport,
  { checkpoint: { progress, seq } }: FetchSituation,
): Effect[] {
  const { syncId, chunkIndex } = item;
  const letters = lettersOf(item, report).filter(({ ordinal }) => isLetterOpen(progress, ordinal));
  const settled = settleLetters(
    progress,
    letters.flatMap(({ ordinal, outcome: { kind } }) =>
      isSettling(kind) ? [{ ordinal, outcome: kind }] : [],
    ),
  );
  const refused = letters.flatMap(({ outcome, ...letter }) =>
    outcome.kind === "letter"
      ? [{ ...letter, category: outcome.category, message: outcome.message.slice(0, 1000) }]
      : [],
  );
  const effects: Effect[] = [];
  if (settled !== null) {
    effects.push({
      kind: "append",
      ref,
      // Two redrives of a sync may be put on the queue in one moment: each has an event of its own.
      eventId: `${syncId}.letters.${item.ordinals[0]}.${settled.progress.revision}.settled.${enqueuedAtMs}`,
      expectedSeq: seq,
      fact: {
        type: "dead_letters.settled",
        syncId,
        chunkIndex,
        letters: settled.settled,
        mail: report.mail,
        progress: settled.progress,
      },
    });
  }
  if (refused.length > 0) {
    effects.push({
      kind: "append",
      ref,
      eventId: `${syncId}.letters.${item.ordinals[0]}.refused.${enqueuedAtMs}`,
      expectedSeq: null,
      fact: {
        type: "dead_letters.refused",
        syncId,
        chunkIndex,
        attempt: item.history.failed + 1,
        letters: refused,
      },
    });
  }
  return effects;
}

function isSettling(kind: MessageOutcome["kind"]): kind is Exclude<LetterOutcome, "discarded"> {
  return kind === "stored" || kind === "unchanged" || kind === "gone";
}

function requeue(
  { ref, lane, item, enqueuedAtMs }: ClaimedWork & { readonly item: RedriveItem },
  open: readonly Letter[],
  { isSuspect }: FetchReport,
  { fault, atMs, history }: ReturnType<typeof judge>,
): Effect {
  const messageIds = open.map(({ messageId }) => messageId);
  const ordinals = open.map(({ ordinal }) => ordinal);
  return {
    kind: "enqueue",
    ref,
    lane,
    item: { ...item, messageIds, ordinals, history, isSuspect, hasWaited: fault.isOwnWait },
    dedupeId: `${item.syncId}.redrive.${ordinals[0]}.attempt.${history.failed}.${enqueuedAtMs}`,
    dueAtMs: atMs,
  };
}
