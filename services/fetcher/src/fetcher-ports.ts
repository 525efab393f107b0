import type { NetChange } from "@millrace/shared/events/message-change";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { FetchItem } from "@millrace/shared/events/work-item";
import type { MailMessage } from "@millrace/shared/mail/mail-message";
import type { Account } from "@millrace/shared/postgres/load-account";
import type { MailProvider, ProviderFault, ProviderSession } from "@millrace/shared/providers/mail-provider";
import type { AttemptPolicy } from "@millrace/shared/runtime/decide-attempt";
import type { StepContext } from "@millrace/shared/runtime/step";
import type { SyncState } from "@millrace/shared/state/sync-state";
import type { ChangedMail } from "./changed-mail.ts";
import type { ClaimGate } from "./claim-gate.ts";
import type { ClaimRecord } from "./decide-guard.ts";
import type { MessageOutcome } from "./fetch-report.ts";

/** A piece of work that this process holds. */
export interface ClaimedWork {
  readonly ref: AccountRef;
  readonly lane: "live" | "bulk";
  readonly item: FetchItem;
  /** 1 for the first delivery. */
  readonly deliveryCount: number;
  /** When it was put on the queue, milliseconds since the epoch. */
  readonly enqueuedAtMs: number;
}

/** A piece of work whose messages are being fetched. */
export interface FetchingWork extends ClaimedWork {
  /** The account's newest baseline when its fetching began. */
  readonly baseline: string | null;
}

/** Another look at the whole mailbox has begun since the fetching: what was fetched may be older than it. */
export class BaselineMovedError extends Error {
  constructor() {
    super("The whole mailbox is being looked at anew: what was fetched before is not stored.");
    this.name = "BaselineMovedError";
  }
}

/** What the fetcher's step reaches the world through. */
export interface FetcherPorts {
  readonly state: SyncState;
  readonly accounts: {
    /** Null when the tenant has no such account. */
    load(ref: AccountRef): Promise<Account | null>;
  };
  readonly provider: MailProvider;
  readonly store: MailStore;
  readonly attachments: AttachmentKeeper;
  readonly claims: ClaimBook;
  readonly gate: ClaimGate;
  readonly attemptPolicy: AttemptPolicy;
  /** Fetched mail is written as soon as it weighs this much, however few messages that is (rule I10). */
  readonly flushBytesMax: number;
}

/** Where mail is kept. */
export interface MailStore {
  /** Which messages of a piece of work need no fetching. */
  findStored(work: ClaimedWork): Promise<StoredAlready>;
  /**
   * Writes messages; what cannot be written is a letter, with its bytes kept. One outcome a message.
   *
   * @throws {BaselineMovedError} then nothing of the statement at hand was written
   */
  write(work: FetchingWork, messages: readonly MailMessage[]): Promise<ReadonlyMap<string, MessageOutcome>>;
  /** Keeps the bytes of a message that becomes a dead letter. */
  keepRaw(ref: AccountRef, messageId: string, raw: Uint8Array): Promise<void>;
  /**
   * The provider has these no more: what is stored of them is marked, and no delivery of this work, which may have fetched
   * them before, stores them any more.
   *
   * @throws {BaselineMovedError} then nothing was marked
   */
  markGone(work: FetchingWork, messageIds: readonly string[]): Promise<void>;
  /** Applies what has become of the work's messages to what is stored of them. One outcome a message. */
  applyChanges(work: ClaimedWork, changes: readonly NetChange[]): Promise<ReadonlyMap<string, AppliedChange>>;
  /** Any message of the account that is stored and not the work's; null when there is none. */
  findOther(work: ClaimedWork): Promise<string | null>;
  /** What this work, in all of its deliveries, did to the store. */
  mailOf(work: ClaimedWork): Promise<ChangedMail>;
}

/** What became of a change; fetch: what is stored does not suffice. */
export type AppliedChange = "stored" | "unchanged" | "gone" | "fetch";

export interface StoredAlready {
  /** Written by an earlier delivery of this work, which died before it could say so. */
  readonly byThisWork: ReadonlySet<string>;
  /** There before. */
  readonly before: ReadonlySet<string>;
}

/** Fetches the attachments of accounts that want all of them kept. */
export interface AttachmentKeeper {
  /**
   * Keeps the attachments of messages that the work has just written, one after the other; what is kept is passed over.
   *
   * @param turnTo called before a message's attachments are fetched
   * @returns messages that lack attachments which cannot be fetched now, each with the reason: the work is not done
   * @throws what the database throws, and `signal.reason`
   */
  keep(
    work: ClaimedWork,
    session: ProviderSession,
    messageIds: readonly string[],
    context: Pick<StepContext, "signal" | "progressed" | "log">,
    turnTo: (messageId: string) => Promise<void>,
  ): Promise<ReadonlyMap<string, ProviderFault>>;
}

/** Remembers claims that are under suspicion, so that the one that kills its workers is found. */
export interface ClaimBook {
  /** A suspect is claimed. When the one before it was never closed, its worker died of it, or with it. */
  open(work: ClaimedWork): Promise<ClaimRecord>;
  /** The worker turns to this message. */
  mark(work: ClaimedWork, messageId: string): Promise<void>;
  /** The worker lives. */
  close(work: ClaimedWork): Promise<void>;
}
