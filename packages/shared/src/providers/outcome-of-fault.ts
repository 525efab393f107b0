import { type BackoffPolicy, backoffMs } from "../runtime/backoff.ts";
import { type DelayedOutcome, defer, retry } from "../runtime/outcome.ts";
import type { Moment } from "../runtime/step.ts";
import type { ProviderFault } from "./mail-provider.ts";

const coolDownMs = 5_000; // for a throttle that names no time
const coolDownMaxMs = 15 * 60_000; // come back and look, however far away the named time is
const consentCheckMs = 60_000;
/** Tokens are renewed within seconds; one that is refused for good becomes lost consent. */
const tokenBackoff: BackoffPolicy = { baseMs: 500, capMs: 4_000 };
const providerBackoff: BackoffPolicy = { baseMs: 500, capMs: 60_000 };

/**
 * When to come back after a fault of the provider. Being throttled and missing consent are waiting, not
 * failing (rule I6); everything else backs off exponentially.
 *
 * @param attempt 1 for the first delivery
 */
export function outcomeOfFault(
  fault: ProviderFault,
  attempt: number,
  { nowMs, random }: Moment,
): DelayedOutcome {
  const why = `${fault.category}: ${fault.message}`;
  if (fault.category === "rate_limited") return defer(throttleDelayMs(fault, nowMs, random), why);
  if (fault.category === "consent_lost") return defer(consentCheckMs, why);
  const policy = fault.category === "token_expired" ? tokenBackoff : providerBackoff;
  const namedMs = fault.retryAtMs === undefined ? 0 : Math.min(fault.retryAtMs - nowMs, coolDownMaxMs);
  return retry(Math.max(backoffMs(attempt, random, policy), namedMs), why);
}

/** The named time, and then spread over a second more, so that not everybody returns in the same instant. */
function throttleDelayMs(fault: ProviderFault, nowMs: number, random: number): number {
  const namedMs = fault.retryAtMs === undefined ? coolDownMs : fault.retryAtMs - nowMs;
  return Math.min(Math.max(namedMs, 0), coolDownMaxMs) + random * 1_000;
}
