import type { ProviderFault, ProviderSession } from "./mail-provider.ts";

/** So often in a row a call may be refused while the mailbox itself can be read; then it is believed. */
const doubtsMax = 3;

/**
 * A pause that only a person can end is not decided on one answer. What the token endpoint says is certain; what
 * a call says is checked with another call.
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
  if (!profile.ok) return profile.fault;
  return refusedBefore >= doubtsMax ? fault : { ...fault, category: "transient" };
}
