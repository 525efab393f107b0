export type MailCharset =
  | "us-ascii"
  | "utf-8"
  | "iso-8859-1"
  | "windows-1252"
  | "iso-2022-jp"
  | "koi8-r"
  | "gb18030";

/**
 * Encodes text as the charset's bytes, one character of the returned binary string a byte.
 * Node decodes these charsets but encodes only UTF-8, so the tables are turned around here, once, on first use.
 * Throws RangeError for a character that the charset lacks: the generator's phrases must fit theirs.
 */
export function encodeCharset(text: string, charset: MailCharset): string {
  if (charset === "utf-8" || charset === "us-ascii") return Buffer.from(text, "utf8").toString("latin1");
  const table = reverseTable(charset);
  return charset === "iso-2022-jp" ? encodeIso2022Jp(text, table) : encodeWith(text, table, charset);
}

const tables = new Map<MailCharset, ReadonlyMap<string, string>>();

function reverseTable(charset: MailCharset): ReadonlyMap<string, string> {
  let table = tables.get(charset);
  if (table === undefined) {
    table = buildReverseTable(charset);
    tables.set(charset, table);
  }
  return table;
}

function buildReverseTable(charset: MailCharset): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  const decoder = new TextDecoder(charset);
  const add = (bytes: number[], prefix: number[] = []): void => {
    const character = decoder.decode(Uint8Array.from([...prefix, ...bytes]));
    if (character.length !== 1 || character === "\ufffd" || table.has(character)) return;
    table.set(character, String.fromCharCode(...bytes));
  };
  if (charset === "iso-2022-jp") {
    for (let row = 0x21; row <= 0x7e; row++)
      for (let cell = 0x21; cell <= 0x7e; cell++) add([row, cell], [0x1b, 0x24, 0x42]);
    return table;
  }
  for (let byte = 0; byte < 0x100; byte++) add([byte]);
  if (charset === "gb18030") {
    for (let lead = 0x81; lead <= 0xfe; lead++)
      for (let trail = 0x40; trail <= 0xfe; trail++) add([lead, trail]);
  }
  return table;
}

function encodeWith(text: string, table: ReadonlyMap<string, string>, charset: MailCharset): string {
  let encoded = "";
  for (const character of text) {
    const bytes = table.get(character);
    if (bytes === undefined) throw new RangeError(`${charset} has no ${JSON.stringify(character)}`);
    encoded += bytes;
  }
  return encoded;
}

/** ASCII stays, everything else is JIS X 0208 between its escape sequences (RFC 1468). */
function encodeIso2022Jp(text: string, table: ReadonlyMap<string, string>): string {
  let encoded = "";
  let inKanji = false;
  for (const character of text) {
    const ascii = character.charCodeAt(0) < 0x80;
    if (ascii === inKanji) {
      encoded += ascii ? "\x1b(B" : "\x1b$B";
      inKanji = !ascii;
    }
    const bytes = ascii ? character : table.get(character);
    if (bytes === undefined) throw new RangeError(`iso-2022-jp has no ${JSON.stringify(character)}`);
    encoded += bytes;
  }
  return inKanji ? `${encoded}\x1b(B` : encoded;
}
