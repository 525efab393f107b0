/**
 * Makes any string storable in Postgres, in `text` and inside `jsonb` alike: a NUL and a lone surrogate each
 * become U+FFFD. Replaced rather than removed, so that two words do not become one unseen and a reader can see
 * that something stood there. A string that is storable already comes back as it is.
 */
export function storableText(value: string): string {
  const wellFormed = value.isWellFormed() ? value : value.toWellFormed();
  return wellFormed.includes("\0") ? wellFormed.replaceAll("\0", "\uFFFD") : wellFormed;
}

/** The first `charsMax` UTF-16 units of a string, one less where the cut would split a surrogate pair. */
export function cutText(value: string, charsMax: number): string {
  if (value.length <= charsMax) return value;
  const last = value.charCodeAt(charsMax - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return value.slice(0, splitsPair ? charsMax - 1 : charsMax);
}
