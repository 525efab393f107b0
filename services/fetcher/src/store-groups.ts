import type { MailMessage } from "@millrace/shared/mail/mail-message";

/** Whatever is put beside others into one statement exists several times while it is written. */
const sharedCharsMax = 1024 * 1024;

/**
 * Messages as they are written together: a large one in a statement of its own, so that its content goes to the database
 * as it is, and all others in one. Large ones come last. No group is empty.
 */
export function storeGroups(messages: readonly MailMessage[]): readonly (readonly MailMessage[])[] {
  const together = messages.filter((message) => contentLength(message) <= sharedCharsMax);
  const alone = messages.filter((message) => contentLength(message) > sharedCharsMax);
  return [...(together.length === 0 ? [] : [together]), ...alone.map((message) => [message])];
}

const contentLength = ({ text, html, raw }: MailMessage): number =>
  (text?.length ?? 0) + (html?.length ?? 0) + (raw?.length ?? 0);
