import type { AccountRef } from "../events/subjects.ts";
import type { ContentMode, MailMessage } from "../mail/mail-message.ts";

/**
 * The port behind which a mail provider lives. Nothing outside a provider's folder knows its words: what the
 * outside world answers is a result here, never an exception. Exceptions are for what should not happen.
 */
export interface MailProvider {
  readonly name: string;
  /**
   * Opens a session for one account. Does no I/O; sessions of one account share one access token over all processes,
   * through our store. When that is away, a session's methods throw the store's error: it is no answer of the provider.
   */
  connect(account: ProviderAccount): ProviderSession;
}

export interface ProviderAccount extends AccountRef {
  readonly email: string;
  readonly refreshToken: string;
  /** What a provider has noted of credentials that open the account's own mailbox, as the account was loaded with it. */
  readonly ownGrant?: string | null | undefined;
  /**
   * How its calls share the provider's quota with others: live (the default) goes before bulk, and is not spread; background
   * takes a small share of what the others leave.
   */
  readonly lane?: "live" | "bulk" | "background" | undefined;
  /** Its work was told to come back now, with `isOwnWait`. */
  readonly hasWaited?: boolean | undefined;
}

export interface ProviderSession {
  /** The mailbox's current watermark and size. */
  getProfile(signal?: AbortSignal): Promise<ProviderResult<MailboxProfile>>;
  /** One page of message ids, newest first. */
  listPage(request: ListPageRequest, signal?: AbortSignal): Promise<ProviderResult<ListedPage>>;
  /** All labels that a message of this mailbox can bear. */
  listLabels(signal?: AbortSignal): Promise<ProviderResult<readonly MailLabel[]>>;
  /** One page of what has changed since a watermark, oldest first; `watermark_expired` when it is too old. */
  listChanges(request: ListChangesRequest, signal?: AbortSignal): Promise<ProviderResult<ListedChanges>>;
  /**
   * Fetches messages in batches and yields each requested id exactly once, in any order, as it arrives: a
   * message or the fault that this one id met. Ids must be distinct. A batch that fails as a whole yields its
   * fault for each of its ids; after a fault that any further call would meet (throttled, consent lost, a server that
   * is away), the ids that are left may get that fault without having been asked for. They are asked for in the order
   * that is given, and messages that fail each by itself leave no others out before a turn of them has failed
   * (`inTurn`). Throws `signal.reason` when aborted, and what our store throws.
   * Holds in memory the message that is arriving and one read buffer, whatever the size of a batch.
   */
  fetchMessages(
    ids: readonly string[],
    content: ContentMode,
    signal?: AbortSignal,
  ): AsyncIterable<FetchedMessage>;
  /**
   * The decoded bytes of an attachment, as they arrive; `gone` when the message or the part is not there any more.
   * Read the content or abort the signal, because it holds a connection. Reading it throws ProviderFaultError when the
   * answer breaks off, and `signal.reason` when aborted.
   */
  fetchAttachment(
    messageId: string,
    attachment: AttachmentName,
    signal?: AbortSignal,
  ): Promise<ProviderResult<AsyncIterable<Uint8Array>>>;
}

/** What an attachment is asked for with; see AttachmentMetadata. */
export interface AttachmentName {
  readonly partId: string;
  readonly providerAttachmentId: string | null;
}

/**
 * A provider that tells us when a mailbox has changed, where that is configured. Only what sets watches and what takes
 * their notifications knows of it; everything else works the same without.
 */
export interface PushProvider extends MailProvider {
  /** False: no push is configured, and sessions refuse to watch. Mailboxes have to be polled then. */
  readonly hasPush: boolean;
  connect(account: ProviderAccount): PushSession;
}

export interface PushSession extends ProviderSession {
  /**
   * Has us told of changes of the mailbox, or goes on with it: asking again does no harm. Throws PushNotConfiguredError
   * where `hasPush` is false.
   */
  watch(signal?: AbortSignal): Promise<ProviderResult<MailboxWatch>>;
  /** We are told of no more changes of the mailbox. Does no harm where there was no watch. */
  stopWatch(signal?: AbortSignal): Promise<ProviderResult<null>>;
  /**
   * Gives back the consent that the account's credentials stand for: they open no mailbox any more, nor do others that its
   * owner has given us for the same mailbox. `consent_lost` when there was none left.
   */
  revokeGrant(signal?: AbortSignal): Promise<ProviderResult<null>>;
}

export interface MailboxWatch {
  /** The mailbox's watermark when the watch was set: we are told of what comes after it. */
  readonly watermark: string;
  /** When it ends by itself, in milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** A watch was asked for, and the service is not configured for push: a defect of the caller. */
export class PushNotConfiguredError extends Error {
  readonly code = "push_not_configured";
}

export interface MailboxProfile {
  /** Null where the server does not say whose it is: some emulators of a provider. */
  readonly email: string | null;
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
  /** True: also what a listing leaves out by itself (Gmail: spam and trash). */
  readonly withHidden?: boolean | undefined;
}

export interface ListedPage {
  readonly ids: readonly string[];
  readonly nextPageToken: string | null;
  /** The provider's guess of how many messages match in all; null when it has none. */
  readonly estimatedTotal: number | null;
}

export interface ListChangesRequest {
  /** From a profile, or from an earlier listing of changes. The same one for all pages. */
  readonly since: string;
  /** From the page before; absent for the first page. */
  readonly pageToken?: string | undefined;
}

export interface ListedChanges {
  readonly changes: readonly MessageChange[];
  readonly nextPageToken: string | null;
  /** The mailbox's watermark when this page was made. */
  readonly watermark: string;
}

/** Where a message is that a listing leaves out by itself. */
export type HiddenAs = "trash" | "spam";

/**
 * What happened to a message. appeared: it came, or came out of what a listing leaves out; vanished: it was deleted
 * for good; hidden: it is where a listing does not show it; relabelled: its labels changed. One id may have several,
 * in order.
 */
export interface MessageChange {
  readonly id: string;
  readonly kind: "appeared" | "vanished" | "hidden" | "relabelled";
  /** Its place in the mailbox's history: of a later change it is greater, as a number where it is one. */
  readonly at: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Only of one that is hidden. */
  readonly hiddenAs: HiddenAs | null;
}

/** A label as its mailbox shows it. */
export interface MailLabel {
  readonly id: string;
  readonly name: string;
  /** system: the provider's own; user: one that the mailbox's owner has made. */
  readonly type: "system" | "user";
  /** CSS colours, "#rrggbb"; null when it has none. */
  readonly textColor: string | null;
  readonly backgroundColor: string | null;
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
  /**
   * Only with `consent_lost`. True when the authority that grants access says so, which is definite. False when a call
   * was refused: that may be about this call alone, so ask for the profile before a person is asked to do something.
   */
  readonly isConfirmed?: boolean | undefined;
  /** The provider's own reason word, for people: "userRateLimitExceeded", "ECONNRESET". */
  readonly reason?: string | undefined;
  /** When the provider named a time before which asking again is useless: milliseconds since the epoch. */
  readonly retryAtMs?: number | undefined;
  /** Only with `rate_limited`. True: the provider was not asked, because our budget of calls allows it at `retryAtMs`. */
  readonly isOwnWait?: boolean | undefined;
  /** Only with `bad_item`: what came, where there was anything. */
  readonly raw?: Uint8Array | undefined;
}
