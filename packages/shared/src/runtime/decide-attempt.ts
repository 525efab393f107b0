import type { AttemptHistory, FaultCategory, NextAfterAttempt } from "../events/attempt.ts";
import { type BackoffPolicy, backoffMs } from "./backoff.ts";
import type { Moment } from "./step.ts";

/** What was seen of an attempt that did not settle its work. */
export interface FailedAttempt {
  readonly category: FaultCategory;
  /** When the provider named a time before which asking again is useless: milliseconds since the epoch. */
  readonly retryAtMs?: number | undefined;
  /** Something was achieved: the backoff and the budget start over. */
  readonly gotFurther: boolean;
}

export interface AttemptVerdict {
  readonly next: NextAfterAttempt;
  /** When to try again: milliseconds since the epoch; null when nothing is tried again by itself. */
  readonly atMs: number | null;
  /** What the next attempt carries with it. */
  readonly history: AttemptHistory;
  /** The attempt, counted from 1, that spends the budget when all until then fail like this one; absent: none does. */
  readonly setAsideAt?: number;
}

export interface AttemptPolicy {
  /** Backoffs grow up to this. */
  readonly retryCapMs: number;
  /** Attempts in a row that may be the work's own fault, until it is set aside. */
  readonly poisonBudget: number;
}

export const defaultAttemptPolicy: AttemptPolicy = { retryCapMs: 60_000, poisonBudget: 8 };

/** Come back and look, however far away the named time is. */
const namedWaitMaxMs = 15 * 60_000;
/** For a throttle that names no time. */
const coolDownMs = 5_000;

type Kind = "wait" | "retry" | "poison" | "pause";

/** DESIGN's table "Retry and recovery": waiting, outages and missing consent never spend the budget (rule I6). */
const kinds: Readonly<Record<FaultCategory, Kind>> = {
  rate_limited: "wait",
  transient: "retry",
  token_expired: "retry",
  consent_lost: "pause",
  gone: "poison", // settled where it is met; as an answer to a listing it is as strange as any other
  watermark_expired: "poison",
  bad_item: "poison",
  unknown: "poison",
  crash_loop: "poison",
};

const backoffs: Partial<Readonly<Record<FaultCategory, BackoffPolicy>>> = {
  // Tokens are renewed within seconds; one that is refused for good becomes lost consent.
  token_expired: { baseMs: 500, capMs: 4_000 },
};

/** From what was observed and what came before to what happens next. Pure; time and chance come as values. */
export function decideAttempt(
  attempt: FailedAttempt,
  before: AttemptHistory,
  { nowMs, random }: Moment,
  policy: AttemptPolicy = defaultAttemptPolicy,
): AttemptVerdict {
  const failed = before.failed + 1;
  const kind = kinds[attempt.category];
  if (kind === "pause") return { next: "pause", atMs: null, history: { ...before, failed } };
  if (kind === "wait") {
    const untilMs = named(attempt, nowMs) ?? nowMs + Math.min(coolDownMs, policy.retryCapMs);
    // Spread over a second more, so that not everybody returns in the same instant.
    return { next: "wait", atMs: Math.round(untilMs + random * 1_000), history: { ...before, failed } };
  }
  const streak = attempt.gotFurther ? 1 : before.streak + 1;
  const poison = (attempt.gotFurther ? 0 : before.poison) + (kind === "poison" ? 1 : 0);
  const history = { failed, streak, poison };
  if (kind === "poison" && poison >= policy.poisonBudget) return { next: "set_aside", atMs: null, history };
  const backoff = backoffs[attempt.category] ?? { baseMs: 500, capMs: policy.retryCapMs };
  const capMs = Math.min(backoff.capMs, policy.retryCapMs);
  const delayMs = backoffMs(streak, random, { baseMs: Math.min(backoff.baseMs, capMs), capMs });
  const retry = {
    next: "retry",
    atMs: Math.max(nowMs + delayMs, named(attempt, nowMs) ?? 0),
    history,
  } as const;
  return kind === "poison" ? { ...retry, setAsideAt: failed + policy.poisonBudget - poison } : retry;
}

function named({ retryAtMs }: FailedAttempt, nowMs: number): number | null {
  return retryAtMs === undefined ? null : Math.min(Math.max(retryAtMs, nowMs), nowMs + namedWaitMaxMs);
}
