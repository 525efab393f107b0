/** What others wrote, safe for a terminal: one line, no control characters. */
export function printable(text: string, charsMax: number): string {
  return text
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, charsMax);
}
