import type { Sync } from "@millrace/client";

/**
 * Which attempt it was that failed, and how many there are at most: "attempt 31, set aside after attempt 38". The last one is named
 * where it is known; what is waited for as long as it takes has none. Null: an earlier release does not count them.
 */
export function describeAttempt({
  attempt,
  setAsideAt,
}: Pick<NonNullable<Sync["trouble"]>, "attempt" | "setAsideAt">): string | null {
  if (attempt == null) return null;
  const end = setAsideAt == null ? "" : `, set aside after attempt ${setAsideAt}`;
  return `attempt ${attempt}${end}`;
}
