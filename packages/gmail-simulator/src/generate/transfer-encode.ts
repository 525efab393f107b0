/** Text as lines of quoted-printable (RFC 2045, 6.7) of at most 76 characters, from a binary string. */
export function quotedPrintable(binary: string): string {
  return binary
    .split("\r\n")
    .map((line) => foldQuotedPrintable(line))
    .join("\r\n");
}

/** Base64 in lines of 76 characters, from a binary string or bytes. Ends with a line break. */
export function base64Lines(content: string | Buffer): string {
  const flat = (typeof content === "string" ? Buffer.from(content, "latin1") : content).toString("base64");
  let lines = "";
  for (let at = 0; at < flat.length; at += BASE64_LINE) lines += `${flat.slice(at, at + BASE64_LINE)}\r\n`;
  return lines;
}

/** RFC 2047 encoded words for text in its charset's bytes; plain ASCII is returned as it is. */
export function encodedWords(text: string, charset: string, encode: (text: string) => string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const words: string[] = [];
  const characters = [...text];
  for (let at = 0; at < characters.length; at += CHARACTERS_A_WORD) {
    const binary = encode(characters.slice(at, at + CHARACTERS_A_WORD).join(""));
    words.push(`=?${charset}?B?${Buffer.from(binary, "latin1").toString("base64")}?=`);
  }
  return words.join("\r\n ");
}

const BASE64_LINE = 76;
/** Few enough that a word of four-byte characters stays within the 75 characters of RFC 2047. */
const CHARACTERS_A_WORD = 10;
const QP_LINE = 76;

function foldQuotedPrintable(line: string): string {
  let folded = "";
  let column = 0;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    const last = i === line.length - 1;
    const plain = code >= 0x20 && code < 0x7f && code !== 0x3d && !(last && code === 0x20);
    const token = plain ? (line[i] as string) : `=${code.toString(16).toUpperCase().padStart(2, "0")}`;
    if (column + token.length > QP_LINE - (last ? 0 : 1)) {
      folded += "=\r\n";
      column = 0;
    }
    folded += token;
    column += token.length;
  }
  return folded;
}
