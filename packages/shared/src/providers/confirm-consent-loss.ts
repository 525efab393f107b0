import type { ProviderFault, ProviderSession } from "./mail-provider.ts";

/** So often in a row such a refusal is taken for an accident. */
const doubtsMax = 3;

/**
 * A pause that only a person can end is not decided on one answer. What the token endpoint says is certain. What a
 * call says is checked with another call, and believed when it lasts: a mailbox that refuses everything, or one that
 * may be looked at while its messages are forbidden (403).
 *
 * @param refusedBefore attempts in a row that got nowhere before this one
 * @returns the fault to go by: consent_lost, or a passing one
 */
export async function confirmConsentLoss(
  session: ProviderSession,
  fault: ProviderFault,
  refusedBefore: number,
  signal: AbortSignal,
): Promise<ProviderFault> {
  if (fault.category !== "consent_lost" || fault.isConfirmed === true) return fault;
  const profile = await session.getProfile(signal);
  const refusal = profile.ok ? null : profile.fault;
  if (refusal?.isConfirmed === true || (refusal !== null && refusal.category !== "consent_lost"))
    return refusal;
  const lasts = refusedBefore >= doubtsMax && (refusal !== null || fault.status === 403);
  return lasts ? fault : { ...fault, category: "transient" };
}
