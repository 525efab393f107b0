import { type AccountRef, parseAccountRef } from "@millrace/shared/events/subjects";
import { listingItemSchema, type VerifyItem } from "@millrace/shared/events/work-item";
import { confirmConsentLoss } from "@millrace/shared/providers/confirm-consent-loss";
import type { ProviderFault } from "@millrace/shared/providers/mail-provider";
import { type AttemptPolicy, decideAttempt } from "@millrace/shared/runtime/decide-attempt";
import { done, ignore, type Outcome, reject } from "@millrace/shared/runtime/outcome";
import type { Moment, Step, StepContext } from "@millrace/shared/runtime/step";
import type { VerificationOutcome } from "@millrace/shared/verify/verification";
import type { ChunkerPorts } from "./chunker-ports.ts";

interface ClaimedVerification {
  readonly ref: AccountRef;
  readonly item: VerifyItem;
  /** When it was put on the queue, milliseconds since the epoch. */
  readonly enqueuedAtMs: number;
}

type VerifyPorts = Pick<ChunkerPorts, "accounts" | "provider" | "verifier" | "attemptPolicy" | "nowMs">;

/** One that nobody waits for holds its slot so long at most: listings of syncs wait for the same slots. */
const scheduledTurnMs = 10_000;

/**
 * Step "verify". Consumes `verify` items of `WORK`: lists the provider's ids again and compares them with the store;
 * emits `account.verified`. It keeps its place in the database: a redelivery goes on there. One that nobody asked for goes
 * to the end of the queue every few seconds.
 */
export function createVerifyAccount(
  ports: VerifyPorts,
): Step<ClaimedVerification, VerificationOutcome, void> {
  return {
    name: "verify-account",
    parse: ({ subject, body, storedAtMs }) => {
      const ref = parseAccountRef(subject);
      const item = listingItemSchema.safeParse(JSON.parse(new TextDecoder().decode(body)));
      return ref !== null && item.success && item.data.kind === "verify"
        ? { ok: true, input: { ref, item: item.data, enqueuedAtMs: storedAtMs } }
        : { ok: false, outcome: reject(`not a verification: ${subject}`) };
    },
    perform: (claimed, context) => verify(ports, claimed, context),
    gather: async () => {},
    decide: (claimed, outcome, _gathered, moment) =>
      decideVerification(claimed, outcome, ports.attemptPolicy, moment),
  };
}

async function verify(
  ports: VerifyPorts,
  { ref, item }: ClaimedVerification,
  context: StepContext,
): Promise<VerificationOutcome> {
  const account = await ports.accounts.load(ref);
  if (account === null) return { kind: "over", why: "the account is not in the database any more" };
  const isScheduled = item.isScheduled === true;
  const session = ports.provider.connect(isScheduled ? { ...account, lane: "background" } : account);
  const yieldsAtMs = isScheduled ? ports.nowMs() + scheduledTurnMs : Number.POSITIVE_INFINITY;
  const shouldYield = (): boolean => ports.nowMs() >= yieldsAtMs;
  const outcome = await ports.verifier.run(session, ref, item.syncId, { ...context, shouldYield });
  if (outcome.kind !== "fault") return outcome;
  const fault = await confirmConsentLoss(session, outcome.fault, item.history.streak, context.signal);
  const seen = { ...outcome, fault };
  if (!isFinal(seen, item, ports.attemptPolicy)) return seen;
  await ports.verifier.fail(ref, item.syncId, { category: fault.category, message: fault.message });
  return { kind: "over", why: `it has failed: ${fault.message}` };
}

/** Waiting cannot mend it, or not without a person: whoever asked for it asks again then. */
function isFinal(
  { fault, gotFurther }: { readonly fault: ProviderFault; readonly gotFurther: boolean },
  { history, isScheduled }: VerifyItem,
  policy: AttemptPolicy,
): boolean {
  // The copy is older than what the provider remembers: its next sync lists the mailbox anew, and compares.
  if (isScheduled === true && fault.category === "watermark_expired") return true;
  const attempt = { category: fault.category, gotFurther };
  const { next } = decideAttempt(attempt, history, { nowMs: 0, random: 0 }, policy);
  return next === "pause" || next === "set_aside";
}

export function decideVerification(
  { ref, item, enqueuedAtMs }: ClaimedVerification,
  outcome: VerificationOutcome,
  policy: AttemptPolicy,
  moment: Moment,
): Outcome {
  if (outcome.kind === "over") return ignore(outcome.why);
  if (outcome.kind === "yielded")
    return done({
      kind: "enqueue",
      ref,
      lane: "list",
      item,
      dedupeId: `${item.syncId}.verify.on.${enqueuedAtMs}`,
      dueAtMs: null,
    });
  if (outcome.kind === "fault") {
    const attempt = {
      category: outcome.fault.category,
      retryAtMs: outcome.fault.retryAtMs,
      gotFurther: outcome.gotFurther,
    };
    const { atMs, history } = decideAttempt(attempt, item.history, moment, policy);
    return done({
      kind: "enqueue",
      ref,
      lane: "list",
      item: { ...item, history },
      dedupeId: `${item.syncId}.verify.attempt.${history.failed}.${enqueuedAtMs}`,
      dueAtMs: atMs,
    });
  }
  const { listed, missing, extra, changed, repairSyncId, driftsInRow } = outcome.counts;
  return done({
    kind: "append",
    ref,
    eventId: `${item.syncId}.verified`,
    expectedSeq: null,
    fact: {
      type: "account.verified",
      verificationId: item.syncId,
      listed,
      missing,
      extra,
      changed,
      repairSyncId,
      driftsInRow,
    },
  });
}
