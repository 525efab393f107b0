import type { MailMessage } from "@millrace/shared/mail/mail-message";

/** The exact bytes of several messages in one value, and where those of each are. */
export interface JoinedRaws {
  /** Null when no message has any. */
  readonly bytes: Uint8Array | null;
  /** Of each message: the position of its first byte, counted from 1 as SQL does; null when it has none. */
  readonly starts: readonly (number | null)[];
  readonly lengths: readonly (number | null)[];
}

/**
 * A value of bytes goes to the database as it is; an array of them would be written out as hexadecimal text, several times
 * the size. The bytes of a single message are not copied.
 */
export function joinRaws(messages: readonly MailMessage[]): JoinedRaws {
  const raws: Uint8Array[] = [];
  const starts: (number | null)[] = [];
  let end = 0;
  for (const { raw } of messages) {
    starts.push(raw === null ? null : end + 1);
    if (raw === null) continue;
    raws.push(raw);
    end += raw.length;
  }
  const bytes = raws.length > 1 ? Buffer.concat(raws, end) : (raws[0] ?? null);
  return { bytes, starts, lengths: messages.map(({ raw }) => raw?.length ?? null) };
}
