import type { ProviderResult, ProviderSession } from "../providers/mail-provider.ts";
import type { RawMessages } from "./raw-messages.ts";
import type { StoredAttachment } from "./stored-attachment.ts";

/**
 * The content of an attachment that is not kept: out of the exact message where we have it, else from the provider.
 * Read it or abort the signal. Reading it throws ProviderFaultError when the provider's answer breaks off.
 */
export async function openContent(
  raws: RawMessages,
  session: ProviderSession,
  attachment: StoredAttachment,
  signal: AbortSignal,
): Promise<ProviderResult<AsyncIterable<Uint8Array>>> {
  const own = attachment.isInRaw ? await raws.openPart(attachment) : null;
  if (own !== null) return { ok: true, value: own };
  return session.fetchAttachment(attachment.providerId, attachment, signal);
}
