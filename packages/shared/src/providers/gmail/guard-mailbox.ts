import { hash } from "node:crypto";
import type { LRUCache } from "lru-cache";
import type { GrantBook } from "../grant-book.ts";
import type {
  MailboxProfile,
  ProviderAccount,
  ProviderFault,
  ProviderResult,
  PushSession,
} from "../mail-provider.ts";

/** Credentials (by account and hash) that were seen to open the account's own mailbox: here, and by others. */
export interface KnownGrants {
  readonly here: LRUCache<string, true>;
  readonly book: GrantBook | null;
}

/**
 * A session that works on the account's own mailbox only. Credentials of another one would mix two people's mail, and
 * all that the account has would look deleted; so the first call with new credentials asks whose mailbox they open. Nobody
 * asks again who has seen the answer, or was given an account with which somebody has noted it.
 */
export function guardMailbox(
  account: ProviderAccount,
  session: PushSession,
  known: KnownGrants,
): PushSession {
  const grant = hash("sha256", `${account.email}\n${account.refreshToken}`, "base64url");
  const key = `${account.accountId}\n${grant}`;

  async function getProfile(signal?: AbortSignal): Promise<ProviderResult<MailboxProfile>> {
    const profile = await session.getProfile(signal);
    if (!profile.ok) return profile;
    const { email } = profile.value;
    // Only an emulator does not say it.
    if (email !== null && !isSameAddress(email, account.email)) return { ok: false, fault: anotherMailbox };
    if (known.here.get(key) !== true) await known.book?.note(account, grant);
    known.here.set(key, true);
    return profile;
  }

  /** Why nothing may be asked; null when the mailbox is the account's. */
  async function refusal(signal?: AbortSignal): Promise<ProviderFault | null> {
    if (known.here.get(key) === true || account.ownGrant === grant) return null;
    const profile = await getProfile(signal);
    return profile.ok ? null : profile.fault;
  }

  async function ask<T>(
    signal: AbortSignal | undefined,
    call: () => Promise<ProviderResult<T>>,
  ): Promise<ProviderResult<T>> {
    const fault = await refusal(signal);
    return fault === null ? call() : { ok: false, fault };
  }

  return {
    getProfile,
    listPage: (request, signal) => ask(signal, () => session.listPage(request, signal)),
    listLabels: (signal) => ask(signal, () => session.listLabels(signal)),
    listChanges: (request, signal) => ask(signal, () => session.listChanges(request, signal)),
    watch: (signal) => ask(signal, () => session.watch(signal)),
    stopWatch: (signal) => ask(signal, () => session.stopWatch(signal)),
    // Also this: what opens somebody else's mailbox is not this account's to take away from him.
    revokeGrant: (signal) => ask(signal, () => session.revokeGrant(signal)),
    fetchAttachment: (messageId, attachment, signal) =>
      ask(signal, () => session.fetchAttachment(messageId, attachment, signal)),
    async *fetchMessages(ids, content, signal) {
      const fault = await refusal(signal);
      if (fault === null) yield* session.fetchMessages(ids, content, signal);
      else for (const id of ids) yield { id, result: { ok: false, fault } };
    },
  };
}

/** Names no address: faults are logged. */
const anotherMailbox: ProviderFault = {
  category: "consent_lost",
  message:
    "The credentials open another mailbox than the account's own. Connect it with its owner's credentials.",
  reason: "anotherMailbox",
  isConfirmed: true,
};

/** Whether two addresses are of one mailbox. */
export const isSameAddress = (a: string, b: string): boolean => canonicalAddress(a) === canonicalAddress(b);

/** Names the mailbox, however its address is written: Gmail takes no notice of case, of dots, and of what follows a plus sign. */
export function canonicalAddress(email: string): string {
  const [local = "", domain = ""] = email.trim().toLowerCase().split("@");
  const isGmail = domain === "gmail.com" || domain === "googlemail.com";
  if (!isGmail) return `${local}@${domain}`;
  return `${(local.split("+")[0] ?? "").replaceAll(".", "")}@gmail.com`;
}
