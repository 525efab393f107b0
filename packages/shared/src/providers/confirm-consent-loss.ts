import type { ProviderFault, ProviderSession } from "./mail-provider.ts";

/** So often in a row a refusal that the token endpoint does not confirm is taken for an accident. */
const doubtsMax = 3;
/** So often the mailbox is looked at before its owner is asked to do something. */
const looksMax = 2;

/**
 * A pause that only a person can end is not decided on one answer, not even on that of the token endpoint: the
 * mailbox is looked at again. What a call says and no token endpoint confirms is believed when it lasts: of a mailbox
 * that refuses everything, or of one that may be looked at while its messages are forbidden (403).
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
  if (fault.category !== "consent_lost") return fault;
  let seen = fault;
  for (let look = 1; look <= looksMax; look++) {
    const profile = await session.getProfile(signal);
    if (profile.ok) {
      return refusedBefore >= doubtsMax && fault.status === 403 ? fault : { ...fault, category: "transient" };
    }
    if (profile.fault.category !== "consent_lost") return profile.fault;
    if (profile.fault.isConfirmed === true) seen = profile.fault;
  }
  return seen.isConfirmed === true || refusedBefore >= doubtsMax ? seen : { ...fault, category: "transient" };
}
