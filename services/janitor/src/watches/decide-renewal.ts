import type { FaultCategory } from "@millrace/shared/events/attempt";
import type { FactOf } from "@millrace/shared/events/facts";
import { isLaterWatermark } from "@millrace/shared/events/is-later-watermark";
import type { MailboxWatch, ProviderFault, ProviderResult } from "@millrace/shared/providers/mail-provider";
import { backoffMs } from "@millrace/shared/runtime/backoff";

/** What an attempt at setting a watch depends on, as it was before. */
export interface WatchSituation {
  readonly accountId: string;
  /** The watch is set (as far as we know), and for the credentials that the account has now. */
  readonly isSet: boolean;
  readonly expiresAtMs: number | null;
  /** The watch was found silent: it stays so until a notification comes. */
  readonly isSilent: boolean;
  /** Attempts in a row that failed before this one. */
  readonly attempts: number;
  readonly isFailureTold: boolean;
  /** Up to where the account's copy is complete; null: nothing is. */
  readonly watermark: string | null;
}

export interface RenewalDecision {
  readonly fact: FactOf<"watch.renewed" | "watch.failed"> | null;
  readonly eventId: string;
  readonly dueAtMs: number;
  /** What is written into the watch's row; what is absent stays. */
  readonly renewed: { readonly expiresAtMs: number; readonly status: "active" | "silent" } | null;
  readonly failure: { readonly category: FaultCategory; readonly message: string } | null;
  readonly isFailureTold: boolean;
  /** Nobody tells us of changes before the watch's watermark: they have to be looked for. */
  readonly catchUpTo: string | null;
}

/** Google asks for a renewal a day, and lets a watch live for seven. */
const renewEveryMs = 24 * 60 * 60_000;
/** Renewals of accounts that were connected together spread out over this. */
const jitterMs = 2 * 60 * 60_000;
/** A watch that ends sooner is renewed when this share of its time is left. */
const shareLeft = 0.5;
const retry = { baseMs: 60_000, capMs: 6 * 60 * 60_000 };
/** What passes by itself is told when it has not passed by then. */
const passingAttemptsUntold = 3;

/**
 * What follows from an attempt at setting a watch: when the next one is due, and whether there is anything to tell.
 * A failure never touches the watch that is still set, and is told once until a watch is set again.
 *
 * @param random uniform in [0, 1)
 */
export function decideRenewal(
  watch: WatchSituation,
  result: ProviderResult<MailboxWatch>,
  { nowMs, random }: { readonly nowMs: number; readonly random: number },
): RenewalDecision {
  return result.ok
    ? decideSet(watch, result.value, nowMs, random)
    : decideFailed(watch, result.fault, nowMs, random);
}

function decideSet(
  watch: WatchSituation,
  { watermark, expiresAtMs }: MailboxWatch,
  nowMs: number,
  random: number,
): RenewalDecision {
  const hadGap = !watch.isSet || watch.isSilent || watch.expiresAtMs === null || watch.expiresAtMs <= nowMs;
  const mustLook = hadGap && watch.watermark !== null && isLaterWatermark(watermark, watch.watermark);
  const wanted = renewEveryMs - random * jitterMs;
  const lasts = Math.max(expiresAtMs - nowMs, retry.baseMs);
  return {
    fact: { type: "watch.renewed", watermark, expiresAt: new Date(expiresAtMs).toISOString(), hadGap },
    eventId: `${watch.accountId}.watch.renewed.${expiresAtMs}`,
    dueAtMs: Math.round(nowMs + Math.min(wanted, lasts * shareLeft)),
    renewed: { expiresAtMs, status: watch.isSilent ? "silent" : "active" },
    failure: null,
    isFailureTold: false,
    catchUpTo: mustLook ? watermark : null,
  };
}

function decideFailed(
  watch: WatchSituation,
  { category, message, retryAtMs }: ProviderFault,
  nowMs: number,
  random: number,
): RenewalDecision {
  const attempts = watch.attempts + 1;
  const ceilingMs = category === "consent_lost" ? retry.capMs : backoffMs(attempts, 1, retry);
  const dueAtMs = Math.round(Math.max(nowMs + (ceilingMs * (1 + random)) / 2, retryAtMs ?? 0));
  const passes = category === "rate_limited" || category === "transient" || category === "token_expired";
  const isTold = watch.isFailureTold || !passes || attempts >= passingAttemptsUntold;
  return {
    fact:
      isTold && !watch.isFailureTold
        ? { type: "watch.failed", category, message, attempts, nextAt: new Date(dueAtMs).toISOString() }
        : null,
    eventId: `${watch.accountId}.watch.failed.${nowMs}`,
    dueAtMs,
    renewed: null,
    failure: { category, message },
    isFailureTold: isTold,
    catchUpTo: null,
  };
}
