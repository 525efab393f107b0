import { LRUCache } from "lru-cache";
import { createAccessTokens } from "../access-tokens.ts";
import { ByteBudget } from "../byte-budget.ts";
import {
  type MailboxProfile,
  type MailboxWatch,
  type MailLabel,
  type ProviderAccount,
  PushNotConfiguredError,
  type PushProvider,
  type PushSession,
} from "../mail-provider.ts";
import { askGmail } from "./ask-gmail.ts";
import { classifyGmailFault } from "./classify-gmail-fault.ts";
import { fetchAttachment } from "./fetch-attachment.ts";
import { type FetchMemory, fetchMessages } from "./fetch-messages.ts";
import { createGmailCalls } from "./gmail-calls.ts";
import { type GmailProviderOptions, resolveGmailOptions } from "./gmail-options.ts";
import { createGoogleClients, refreshMsMax } from "./google-clients.ts";
import { guardMailbox, type KnownGrants } from "./guard-mailbox.ts";
import { createHttpTransport } from "./http-transport.ts";
import { listChanges } from "./list-changes.ts";
import { listLabels } from "./list-labels.ts";
import { listPage } from "./list-page.ts";
import { observeThrown } from "./observe-fault.ts";
import { readProfile } from "./read-profile.ts";
import { revokeGrant } from "./revoke-grant.ts";
import { stopWatch, watchMailbox } from "./watch-mailbox.ts";

const accountsMax = 10_000;

/**
 * Gmail behind the provider port. Connections and access tokens are shared by all sessions and released by
 * `close`. What Gmail answers is a result; the methods throw `signal.reason` when aborted, and what the vault throws.
 *
 * @throws RangeError for options that cannot work
 */
export function createGmailProvider(options: GmailProviderOptions): PushProvider & { close(): void } {
  const resolved = resolveGmailOptions(options);
  const transport = createHttpTransport(resolved);
  const google = createGoogleClients(resolved, transport);
  const tokens = createAccessTokens({
    vault: resolved.vault,
    refresh: google.refresh,
    refreshMsMax,
    clock: resolved.clock,
    faultOf: (error, account) =>
      classifyGmailFault({
        ...observeThrown("token", error),
        nowMs: resolved.clock(),
        secrets: [account.refreshToken, resolved.clientSecret, account.email],
      }),
  });

  const budget = new ByteBudget(resolved.largeBytesMax);
  const isEmulator = !new URL(resolved.rootUrl).hostname.endsWith(".googleapis.com");
  const memories = new LRUCache<string, FetchMemory>({ max: accountsMax });
  const knownGrants: KnownGrants = { here: new LRUCache({ max: accountsMax }), book: resolved.grants };

  function connect(account: ProviderAccount): PushSession {
    const calls = createGmailCalls(account, resolved, transport, tokens, budget);
    const memory = memories.get(account.accountId) ?? {
      singlyUntilMs: 0,
      batchSize: resolved.batchSize,
      isInDoubt: false,
    };
    memories.set(account.accountId, memory);
    const session: PushSession = {
      getProfile: (signal) =>
        askGmail<MailboxProfile>(calls, "getProfile", signal, (token) =>
          readProfile(google.gmail, google.callOptions(token, signal), isEmulator),
        ),
      listPage: (request, signal) =>
        askGmail(calls, "listMessages", signal, (token) =>
          listPage(google.gmail, request, google.callOptions(token, signal)),
        ),
      listLabels: (signal) =>
        askGmail<readonly MailLabel[]>(calls, "listLabels", signal, (token) =>
          listLabels(google.gmail, google.callOptions(token, signal)),
        ),
      listChanges: (request, signal) =>
        askGmail(calls, "listHistory", signal, (token) =>
          listChanges(google.gmail, request, google.callOptions(token, signal)),
        ),
      fetchMessages: (ids, content, signal) => fetchMessages(calls, ids, content, memory, signal),
      fetchAttachment: (messageId, attachment, signal) =>
        fetchAttachment(calls, messageId, attachment, signal),
      watch: async (signal) => {
        const { pubsubTopic } = resolved;
        if (pubsubTopic === null) throw new PushNotConfiguredError("No Pub/Sub topic is configured.");
        return askGmail<MailboxWatch>(calls, "watch", signal, (token) =>
          watchMailbox(google.gmail, pubsubTopic, google.callOptions(token, signal)),
        );
      },
      stopWatch: (signal) =>
        askGmail<null>(calls, "stop", signal, (token) =>
          stopWatch(google.gmail, google.callOptions(token, signal)),
        ),
      revokeGrant: (signal) => revokeGrant(google, calls, account.refreshToken, signal),
    };
    return guardMailbox(account, session, knownGrants);
  }

  return { name: "gmail", hasPush: resolved.pubsubTopic !== null, connect, close: transport.close };
}
