import type { BackoffPolicy } from "@millrace/shared/runtime/backoff";

const secondMs = 1_000;
const hourMs = 3_600 * secondMs;
const dayMs = 24 * hourMs;

/** How deliveries are tried, and when they are given up. */
export interface WebhookPolicy {
  /** Between the attempts at one message. */
  readonly retry: BackoffPolicy;
  /** A message that was not taken for so long is given up. */
  readonly giveUpMs: number;
  /** After so many attempts in a row that failed, an endpoint is left alone for a while, then tried again. */
  readonly failuresMax: number;
  readonly leaveAlone: BackoffPolicy;
  /** One that answers, if only with errors, is there, and holds nobody up: it is left alone for so long at most. */
  readonly leaveAnsweringMs: number;
  /** An endpoint that has taken nothing for so long is disabled. */
  readonly disableAfterMs: number;
  /** Failures that are further apart than this are not one trouble. */
  readonly quietMs: number;
  /** What an attempt may take, from looking up the name to the end of the answer. */
  readonly timeoutMs: number;
}

/** Waits that double, with full jitter, over three days: some fifteen attempts, most of them in the first hours. */
export const defaultWebhookPolicy: WebhookPolicy = {
  retry: { baseMs: 5 * secondMs, capMs: 8 * hourMs },
  giveUpMs: 3 * dayMs,
  failuresMax: 5,
  leaveAlone: { baseMs: 5 * secondMs, capMs: 10 * 60 * secondMs },
  leaveAnsweringMs: 30 * secondMs,
  disableAfterMs: 5 * dayMs,
  quietMs: dayMs,
  timeoutMs: 10 * secondMs,
};
