import type { PushConfigInput } from "./push/push-config.ts";
import type { QuotaPlan } from "./quota/price-lists.ts";

/** A mailbox to start with. */
export type MailboxSpec =
  | { readonly email: string; readonly generate: number }
  | { readonly email: string; readonly mbox: string }
  | { readonly email: string; readonly maildir: string };

export interface GmailSimulatorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  readonly mailboxes?: readonly MailboxSpec[] | undefined;
  /** All that looks like chance follows from it. Default 1. */
  readonly seed?: number | undefined;
  /** Default gmail-2026. */
  readonly quotas?: QuotaPlan | undefined;
  /** Instead of the plan's units a minute for one user. */
  readonly unitsPerMinuteUser?: number | undefined;
  /** Instead of the plan's units a minute for the project. */
  readonly unitsPerMinuteProject?: number | undefined;
  /** Calls of one user at the same time; the parts of a batch count. No limit by default. */
  readonly concurrentCallsUser?: number | undefined;
  /** How much faster a quota's minute goes by; 60 makes it a second. Default 1. */
  readonly clockFactor?: number | undefined;
  /** Default 3600. */
  readonly accessTokenSeconds?: number | undefined;
  /** How long a person's consent is good for, as Google has it of clients in testing (604800). No end by default. */
  readonly consentSeconds?: number | undefined;
  /** Waited before every answer. Default 0. */
  readonly latencyMs?: number | undefined;
  /** Longer text parts come by attachmentId. Default 256 KiB. */
  readonly inlineTextBytesMax?: number | undefined;
  /** The historyId before a mailbox's first message. Default 1000000; 64 bits, so a bigint. */
  readonly historyIdStart?: bigint | undefined;
  /** Where changes of watched mailboxes are pushed. Nowhere by default. */
  readonly push?: PushConfigInput | undefined;
  /** The mailboxes of these options are watched on this topic from the start, as if a run before had set it. */
  readonly watchedTopic?: string | undefined;
  /** Milliseconds since the epoch; for tests that move time. Default Date.now. */
  readonly now?: (() => number) | undefined;
}
