import type { AccountRef } from "@millrace/shared/events/subjects";
import type { TenantLine } from "@millrace/shared/postgres/create-tenant-line";
import type { Account } from "@millrace/shared/postgres/load-account";
import type { MailLabel, MailProvider, ProviderSession } from "@millrace/shared/providers/mail-provider";
import type { AttemptPolicy } from "@millrace/shared/runtime/decide-attempt";
import type { SyncState, WorkQueue } from "@millrace/shared/state/sync-state";
import type { VerificationContext } from "@millrace/shared/verify/run-verification";
import type { VerificationOutcome } from "@millrace/shared/verify/verification";
import type { SyncDefaults } from "./decide-request.ts";

/** What the chunker's steps reach the world through. */
export interface ChunkerPorts {
  readonly state: SyncState;
  readonly queue: WorkQueue;
  readonly accounts: {
    /** Null when the tenant has no such account. */
    load(ref: AccountRef): Promise<Account | null>;
  };
  readonly line: TenantLine;
  readonly provider: MailProvider;
  readonly mailboxes: MailboxStore;
  readonly findings: FindingsReader;
  readonly verifier: Verifier;
  readonly defaults: SyncDefaults;
  readonly attemptPolicy: AttemptPolicy;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
}

/** What is stored of mailboxes. */
export interface MailboxStore {
  /**
   * The provider is about to be asked for a watermark and then for all that is there. Messages that were fetched before are
   * not stored after this, and those that are being stored are there when it returns: what has become of them since would be
   * in no change.
   */
  takeBaseline(ref: AccountRef): Promise<void>;
  /**
   * True when any mail is shown. Asked before a listing begins: what there is then is of an earlier sync or round, or of
   * a listing that the log has lost, and may have left the mailbox since.
   */
  hadCopy(ref: AccountRef): Promise<boolean>;
  /**
   * The labels of a mailbox, all of them.
   *
   * @param seenAtMs before they were asked for: an older look changes nothing
   * @returns those that were removed since an hour before that
   */
  saveLabels(ref: AccountRef, labels: readonly MailLabel[], seenAtMs: number): Promise<readonly string[]>;
}

/** Compares mailboxes with the store. */
export interface Verifier {
  /** Writes down a verification that belongs to a sync, which runs it; again is harmless. */
  begin(ref: AccountRef, verificationId: string, syncId: string): Promise<void>;
  run(
    session: ProviderSession,
    ref: AccountRef,
    verificationId: string,
    context: VerificationContext,
  ): Promise<VerificationOutcome>;
  /** Ends a verification that cannot be carried out. */
  fail(
    ref: AccountRef,
    verificationId: string,
    fault: { readonly category: string; readonly message: string },
  ): Promise<void>;
}

/** What a verification found, page by page. */
export type FindingsReader = (
  ref: AccountRef,
  verificationId: string,
  pageToken: string | null,
  idsMax: number,
) => Promise<{ readonly ids: readonly string[]; readonly nextPageToken: string | null }>;
