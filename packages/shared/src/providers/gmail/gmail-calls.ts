import type { ContentMode } from "../../mail/mail-message.ts";
import type { AccessToken, AccessTokens } from "../access-tokens.ts";
import type { ProviderAccount, ProviderFault, ProviderResult } from "../mail-provider.ts";
import { classifyGmailFault, type FaultObservation } from "./classify-gmail-fault.ts";
import type { ResolvedGmailOptions } from "./gmail-options.ts";
import type { HttpTransport } from "./http-transport.ts";
import { observeThrown } from "./observe-fault.ts";

type Seen = Omit<FaultObservation, "nowMs" | "secrets">;

/** What every call for one account needs: its token, its addresses, and how its faults are read. */
export interface GmailCalls {
  readonly options: ResolvedGmailOptions;
  readonly transport: HttpTransport;
  readonly batchUrl: string;
  /** Rejects with `signal.reason`, while a refresh that others wait for goes on, and with what the vault throws. */
  token(signal: AbortSignal | undefined): Promise<ProviderResult<AccessToken>>;
  replaceToken(refused: string, signal: AbortSignal | undefined): Promise<ProviderResult<AccessToken>>;
  headers(token: string): Readonly<Record<string, string>>;
  messagePath(id: string, content: ContentMode): string;
  attachmentPath(id: string, attachmentId: string): string;
  observeThrown(where: FaultObservation["where"], error: unknown): Seen;
  /** The fault, without any of this account's secrets. */
  classify(seen: Seen, token: string): ProviderFault;
}

export function createGmailCalls(
  account: ProviderAccount,
  options: ResolvedGmailOptions,
  transport: HttpTransport,
  tokens: AccessTokens,
): GmailCalls {
  const messages = `${new URL(options.rootUrl).pathname}gmail/v1/users/me/messages/`;
  return {
    options,
    transport,
    batchUrl: new URL("batch/gmail/v1", options.rootUrl).href,
    token: (signal) => abortable(tokens.get(account), signal),
    replaceToken: (refused, signal) => abortable(tokens.replace(account, refused), signal),
    headers: (token) => ({ authorization: `Bearer ${token}`, "user-agent": options.userAgent }),
    messagePath: (id, content) => `${messages}${encodeURIComponent(id)}?format=${content}`,
    attachmentPath: (id, attachmentId) =>
      `${messages}${encodeURIComponent(id)}/attachments/${encodeURIComponent(attachmentId)}`,
    observeThrown,
    classify: (seen, token) =>
      classifyGmailFault({
        ...seen,
        nowMs: options.clock(),
        secrets: [token, account.refreshToken, options.clientSecret, account.email],
      }),
  };
}

async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
