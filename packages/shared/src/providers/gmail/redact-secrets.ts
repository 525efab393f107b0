/** Token shapes of Google's, header and parameter forms of any secret, and mail addresses. */
const secretShapes: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\bya29\.[\w.-]+/g, "<token>"],
  [/\b1\/\/[\w-]{10,}/g, "<token>"],
  [/\bGOCSPX-[\w-]+/g, "<secret>"],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, "$1 <token>"],
  [
    /\b((?:access|refresh|id)_token|client_secret|code|assertion)(["']?\s*[=:]\s*["']?)[^\s"'&,}]+/gi,
    "$1$2<secret>",
  ],
  [/[^\s<>"',;:()[\]]{1,64}@[\w-]+(?:\.[\w-]+)+/g, "<address>"],
];

/** Secrets shorter than this would blot out ordinary words. */
const secretCharsMin = 6;
const textCharsMax = 10_000;

/**
 * Takes secrets and mail addresses out of a text that came from outside before it goes into a fault (I12): the
 * given secrets wherever they stand, and whatever has the shape of a token.
 */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  let redacted = text.slice(0, textCharsMax);
  for (const secret of secrets) {
    if (secret.length >= secretCharsMin) redacted = redacted.replaceAll(secret, "<secret>");
  }
  for (const [pattern, replacement] of secretShapes) redacted = redacted.replace(pattern, replacement);
  return redacted;
}
