import type { ContentMode, MailMessage } from "../mail/mail-message.ts";

/**
 * The port behind which a mail provider lives. Nothing outside a provider's folder knows its words: what the
 * outside world answers is a result here, never an exception. Exceptions are for what should not happen.
 */
export interface MailProvider {
  readonly name: string;
  /** Opens a session for one account. Does no I/O; sessions of one account share one access token. */
  connect(account: ProviderAccount): ProviderSession;
}

export interface ProviderAccount {
  readonly accountId: string;
  readonly email: string;
  readonly refreshToken: string;
}

export interface ProviderSession {
  /** The mailbox's current watermark and size. */
  getProfile(signal?: AbortSignal): Promise<ProviderResult<MailboxProfile>>;
  /** One page of message ids, newest first. */
  listPage(request: ListPageRequest, signal?: AbortSignal): Promise<ProviderResult<ListedPage>>;
  /**
   * Fetches messages in batches and yields each requested id exactly once, in any order, as it arrives: a
   * message or the fault that this one id met. Ids must be distinct. A batch that fails as a whole yields its
   * fault for each of its ids; after a fault that any further call would meet (throttled, consent lost), the ids
   * that are left may get that fault without having been asked for. Throws only `signal.reason`, when aborted.
   * Holds in memory the message that is arriving and one read buffer, whatever the size of a batch.
   */
  fetchMessages(
    ids: readonly string[],
    content: ContentMode,
    signal?: AbortSignal,
  ): AsyncIterable<FetchedMessage>;
}

export interface MailboxProfile {
  readonly email: string;
  /** The provider's change cursor now (Gmail: historyId), as text. */
  readonly watermark: string;
  readonly messagesTotal: number | null;
}

export interface ListPageRequest {
  /** The provider's own search expression; all messages when absent. */
  readonly query?: string | undefined;
  /** Only messages that bear all of these labels. */
  readonly labelIds?: readonly string[] | undefined;
  /** From the page before; absent for the first page. */
  readonly pageToken?: string | undefined;
  /** Ids a page, at most; Gmail caps it at 500. */
  readonly idsMax: number;
}

export interface ListedPage {
  readonly ids: readonly string[];
  readonly nextPageToken: string | null;
  /** The provider's guess of how many messages match in all; null when it has none. */
  readonly estimatedTotal: number | null;
}

export interface FetchedMessage {
  readonly id: string;
  readonly result: ProviderResult<MailMessage>;
}

export type ProviderResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: ProviderFault };

/** DESIGN's table "Retry and recovery": each category decides what happens next. */
export type FaultCategory =
  | "rate_limited"
  | "transient"
  | "token_expired"
  | "consent_lost"
  | "gone"
  | "watermark_expired"
  | "bad_item"
  | "unknown";

/** What a provider's answer means. Holds no secret and no address; `message` is at most 500 characters. */
export interface ProviderFault {
  readonly category: FaultCategory;
  readonly message: string;
  /** HTTP status, where there was one. */
  readonly status?: number | undefined;
  /** The provider's own reason word, for people: "userRateLimitExceeded", "ECONNRESET". */
  readonly reason?: string | undefined;
  /** When the provider named a time before which asking again is useless: milliseconds since the epoch. */
  readonly retryAtMs?: number | undefined;
}
