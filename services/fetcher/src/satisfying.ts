import type { ContentMode } from "@millrace/shared/mail/mail-message";

/** What satisfies a wish for content: the same, or more. */
export const satisfying: Readonly<Record<ContentMode, readonly ContentMode[]>> = {
  metadata: ["metadata", "full", "raw"],
  full: ["full", "raw"],
  raw: ["raw"],
};
