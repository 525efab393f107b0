import type { ProviderResult } from "../mail-provider.ts";
import type { GmailCalls } from "./gmail-calls.ts";
import type { GoogleClients } from "./google-clients.ts";

/** What the endpoint says of a token that opens nothing any more. */
const alreadyGone = "invalid_token";

/**
 * Has Google forget the consent that a refresh token stands for
 * (https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke). Costs no units, and needs no access
 * token: it works also when there is none to be had.
 *
 * @throws `signal.reason` when aborted
 */
export async function revokeGrant(
  { revoke }: Pick<GoogleClients, "revoke">,
  { observeThrown, classify }: Pick<GmailCalls, "observeThrown" | "classify">,
  refreshToken: string,
  signal: AbortSignal | undefined,
): Promise<ProviderResult<null>> {
  signal?.throwIfAborted();
  try {
    await revoke(refreshToken, signal);
    return { ok: true, value: null };
  } catch (error) {
    signal?.throwIfAborted();
    const seen = observeThrown("token", error);
    const fault = classify(seen, refreshToken);
    if (seen.oauthError !== alreadyGone) return { ok: false, fault };
    return { ok: false, fault: { ...fault, category: "consent_lost", isConfirmed: true } };
  }
}
