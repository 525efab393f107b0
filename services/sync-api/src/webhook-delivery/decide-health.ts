import { backoffMs } from "@millrace/shared/runtime/backoff";
import type { WebhookAnswer } from "./webhook-answer.ts";
import type { WebhookPolicy } from "./webhook-policy.ts";

/** How an endpoint has fared lately. */
export interface EndpointHealth {
  /** Attempts in a row that failed. */
  readonly failures: number;
  /** Since the first of them; null when there is none. */
  readonly failingForMs: number | null;
  /** Since the last of them. */
  readonly failedAgoMs: number | null;
}

export interface HealthVerdict {
  readonly failures: number;
  /** From when on its failures are one trouble: since the one before, since now, or there are none. */
  readonly failing: "on" | "anew" | "not";
  /** It is left alone for so long; null: it is not. */
  readonly leaveAloneMs: number | null;
  /** Why it is to be disabled; null: it stays as it is. */
  readonly disable: "gone" | "failing" | null;
}

/**
 * From what came of attempts at the same time to how their endpoint is treated. One that was taken shows that it works;
 * what fails beside it is the message's own trouble. Pure; chance comes as a value.
 */
export function decideHealth(
  before: EndpointHealth,
  answers: readonly WebhookAnswer[],
  random: number,
  { failuresMax, leaveAlone, leaveAnsweringMs, disableAfterMs, quietMs }: WebhookPolicy,
): HealthVerdict {
  if (answers.some(({ kind }) => kind === "gone"))
    return { failures: 0, failing: "not", leaveAloneMs: null, disable: "gone" };
  if (answers.some(({ kind }) => kind === "taken"))
    return { failures: 0, failing: "not", leaveAloneMs: null, disable: null };
  const goesOn = before.failedAgoMs !== null && before.failedAgoMs <= quietMs;
  const failures = (goesOn ? before.failures : 0) + answers.length;
  const isThere = answers.some(({ status }) => status !== null);
  const capMs = isThere ? Math.min(leaveAlone.capMs, leaveAnsweringMs) : leaveAlone.capMs;
  const isHopeless = goesOn && (before.failingForMs ?? 0) > disableAfterMs;
  return {
    failures,
    failing: goesOn && before.failingForMs !== null ? "on" : "anew",
    leaveAloneMs:
      failures < failuresMax ? null : backoffMs(failures - failuresMax + 1, random, { ...leaveAlone, capMs }),
    disable: isHopeless ? "failing" : null,
  };
}
