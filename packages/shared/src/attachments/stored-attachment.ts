import type { AccountRef } from "../events/subjects.ts";
import type { PartPlace } from "../mail/mime-part.ts";
import type { AttachmentName } from "../providers/mail-provider.ts";

/** The row of an attachment, as far as its content is found with it. */
export interface StoredAttachment extends AccountRef, AttachmentName {
  /** The message, as its provider calls it. */
  readonly providerId: string;
  /** Our store has the exact message: nobody else has to be asked. */
  readonly isInRaw: boolean;
  /** Where it lies there; null when that was not noted. */
  readonly place: PartPlace | null;
}

/** The place of a row of `attachments`, as `place`. */
export const placeColumn = `
  case when t.raw_start is not null then
    json_build_object('start', t.raw_start, 'end', t.raw_end, 'encoding', t.raw_encoding)
  end as place`;
