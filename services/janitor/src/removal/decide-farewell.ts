import type { FactOf } from "@millrace/shared/events/facts";
import type { ProviderResult } from "@millrace/shared/providers/mail-provider";
import { backoffMs } from "@millrace/shared/runtime/backoff";
import type { Moment } from "@millrace/shared/runtime/step";

/** What is asked of the provider when an account leaves. */
export type Farewell =
  | { readonly step: "watch"; readonly done: "stopped" }
  | { readonly step: "grant"; readonly done: "revoked" };

/** What came of it. */
export type FarewellOutcome = FactOf<"account.removed">["watch" | "grant"];

export type FarewellDecision =
  | { readonly kind: "over"; readonly outcome: FarewellOutcome }
  | { readonly kind: "again"; readonly dueAtMs: number; readonly message: string };

/** A provider that is away for an hour or two must not keep us from removing what we hold. */
export const attemptsMax = 8;
const retry = { baseMs: 5_000, capMs: 30 * 60_000 };

/**
 * What follows from asking the provider to stop telling us, or to take its consent back. What passes by itself is tried
 * again, a bounded number of times; then the removal goes on without, and the fact says so.
 *
 * @param attempts that failed before
 */
export function decideFarewell(
  { done }: Farewell,
  result: ProviderResult<null>,
  attempts: number,
  { nowMs, random }: Moment,
): FarewellDecision {
  if (result.ok) return { kind: "over", outcome: done };
  const { category, message, retryAtMs } = result.fault;
  // There is no consent any more: nothing is told to us, and there is nothing to take back.
  if (category === "consent_lost") return { kind: "over", outcome: "refused" };
  if (attempts + 1 >= attemptsMax) return { kind: "over", outcome: "failed" };
  const delayMs = backoffMs(attempts + 1, random, retry);
  const dueAtMs = Math.max(nowMs + delayMs, Math.min(retryAtMs ?? 0, nowMs + retry.capMs));
  return { kind: "again", dueAtMs, message };
}
