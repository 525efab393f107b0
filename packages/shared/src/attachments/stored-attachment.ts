import type { AccountRef } from "../events/subjects.ts";
import type { AttachmentName } from "../providers/mail-provider.ts";

/** The row of an attachment, as far as its content is found with it. */
export interface StoredAttachment extends AccountRef, AttachmentName {
  /** The message, as its provider calls it. */
  readonly providerId: string;
  /** Our store has the exact message: nobody else has to be asked. */
  readonly isInRaw: boolean;
}
