import { decodeWords } from "postal-mime";

/** The library joins encoded words in time quadratic in their number, so long values are decoded by pieces. */
const pieceCharsMax = 8 * 1024;

/**
 * Decodes the RFC 2047 encoded words of an unfolded header value; other text comes back as it is. A character
 * split over two encoded words is mended, but not across the pieces of a value longer than 8 KB.
 */
export function decodeHeaderWords(value: string): string {
  if (!value.includes("=?")) return value;
  if (value.length <= pieceCharsMax) return decodeWords(value);
  const pieces: string[] = [];
  for (let start = 0; start < value.length; ) {
    const end = endOfPiece(value, start);
    const decoded = decodeWords(value.slice(start, end));
    // Blanks between two encoded words are folding; a piece cannot see that a word stood before its blanks.
    const continuesWords =
      value.startsWith("?=", start - 2) && /^[ \t]+=\?/.test(value.slice(start, start + 80));
    pieces.push(continuesWords ? decoded.trimStart() : decoded);
    start = end;
  }
  return pieces.join("");
}

/** After the last encoded word that ends within the piece; after the piece's last character when there is none. */
function endOfPiece(value: string, start: number): number {
  const limit = start + pieceCharsMax;
  if (limit >= value.length) return value.length;
  const wordEnd = value.lastIndexOf("?=", limit - 2);
  if (wordEnd > start) return wordEnd + 2;
  const blank = value.lastIndexOf(" ", limit);
  return blank > start ? blank : limit;
}
