import type { PartPlace } from "./mime-part.ts";

/** How much of a message is kept: headers only, the parsed message, or the exact RFC 5322 bytes as well. */
export type ContentMode = "metadata" | "full" | "raw";

/** One mailbox of an address header. Groups are flattened; `name` is "" when the header has none. */
export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

/** What is known of an attachment without its content. */
export interface AttachmentMetadata {
  /** Position in the MIME tree, as the provider numbers it ("1", "0.2"); unique within the message. */
  readonly partId: string;
  readonly filename: string | null;
  /** Lower case, without parameters. */
  readonly mimeType: string;
  /** Decoded size in bytes. */
  readonly sizeBytes: number;
  readonly contentId: string | null;
  readonly disposition: "attachment" | "inline" | null;
  /** What the provider wants to be asked for the content with; null when only the raw message holds it. */
  readonly providerAttachmentId: string | null;
  /** In the exact message; absent when that was not read. */
  readonly place?: PartPlace;
}

/**
 * A message as Millrace stores it, whatever the provider. Every string is storable in Postgres: it holds no
 * NUL and no lone surrogate. What had to be mended to get there is named in `defects`.
 */
export interface MailMessage {
  /** The provider's id; text, because providers' ids differ in form and length. */
  readonly id: string;
  readonly threadId: string | null;
  /** The provider's change cursor of this message (Gmail: historyId, an unsigned 64-bit number) as text. */
  readonly historyId: string | null;
  readonly labelIds: readonly string[];
  /** Set while it is where a listing of the mailbox does not show it. */
  readonly hiddenAs: "trash" | "spam" | null;
  /** When the provider received it. */
  readonly receivedAt: Date | null;
  /** Size of the whole message in bytes, as the provider reports it. */
  readonly sizeBytes: number;
  readonly snippet: string;
  /** All headers in their order, names as written, values unfolded and decoded. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly subject: string | null;
  /** The Date header; null when it is absent or cannot be read. */
  readonly sentAt: Date | null;
  /** The Message-ID header, with its angle brackets. */
  readonly messageIdHeader: string | null;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  readonly from: readonly MailAddress[];
  readonly sender: readonly MailAddress[];
  readonly replyTo: readonly MailAddress[];
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly bcc: readonly MailAddress[];
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: readonly AttachmentMetadata[];
  readonly content: ContentMode;
  /** The exact bytes; only in content mode `raw`. */
  readonly raw: Uint8Array | null;
  /** SHA-256 of `raw`, lower-case hex. */
  readonly rawSha256: string | null;
  /** What was broken and how it was stored all the same, one short sentence each, bounded. */
  readonly defects: readonly string[];
}
