/** Only so much of an HTML body is read, and only so much text comes out: enough to search by. */
const htmlCharsMax = 2 * 1024 * 1024;
const textCharsMaxDefault = 1024 * 1024;

/** Elements whose content is not for reading. */
const hiddenElements = new Set(["script", "style", "head", "title", "template", "noscript"]);
/** Elements that do not end a word: "<b>Mill</b>race" is one word. Every other tag separates. */
const inlineElements = new Set(
  "a abbr acronym b bdi bdo big cite code em font i ins kbd mark o:p q s samp small span strike strong sub sup tt u var wbr".split(
    " ",
  ),
);
const blockElements = new Set(
  "address article blockquote br center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tr ul".split(
    " ",
  ),
);

/**
 * The readable text of an HTML body, for the search column and for previews, not for display: no tags, no
 * scripts, no styles, entities decoded, runs of blanks joined, a line for each block. One pass and linear also
 * on broken markup; reads at most 2 MB of characters and returns at most `textCharsMax`. Never throws.
 */
export function htmlToText(html: string, textCharsMax: number = textCharsMaxDefault): string {
  const source = html.length > htmlCharsMax ? html.slice(0, htmlCharsMax) : html;
  const pieces: string[] = [];
  const find = forwardFinder(source);
  let length = 0;
  for (let at = 0; at < source.length && length < textCharsMax; ) {
    const open = source.indexOf("<", at);
    const textEnd = open === -1 ? source.length : open;
    if (textEnd > at) {
      const text = decodeEntities(source.slice(at, textEnd));
      pieces.push(text);
      length += text.length;
    }
    if (open === -1) break;
    const markup = readMarkup(source, open, find);
    pieces.push(markup.separator);
    length += markup.separator.length;
    at = markup.end;
  }
  return tidy(pieces.join("")).slice(0, textCharsMax).toWellFormed();
}

type Finder = (needle: string, from: number) => number;

/**
 * `indexOf` that remembers, for each needle, where it was found last and that it was not found: markup that never
 * closes is searched for once and not from each of its openings.
 */
function forwardFinder(source: string): Finder {
  const found = new Map<string, number>();
  return (needle, from) => {
    const last = found.get(needle);
    if (last !== undefined && (last === -1 || last >= from)) return last;
    const index = source.indexOf(needle, from);
    found.set(needle, index);
    return index;
  };
}

interface Markup {
  /** Offset of the first character after it. */
  readonly end: number;
  /** What it leaves in the text. */
  readonly separator: "" | " " | "\n" | "<";
}

const tagName = /[a-zA-Z][\w:-]{0,30}/y;

function readMarkup(source: string, open: number, find: Finder): Markup {
  if (source.startsWith("<!--", open)) {
    const close = find("-->", open + 4);
    return { end: close === -1 ? open + 4 : close + 3, separator: "" };
  }
  const isClosing = source.charCodeAt(open + 1) === 0x2f;
  const isDeclaration = /[!?]/.test(source.charAt(open + 1));
  tagName.lastIndex = open + (isClosing ? 2 : 1);
  const name = tagName.exec(source)?.[0].toLowerCase();
  const close = find(">", open + 1);
  // "a < b" is text, and so is a tag that never closes.
  if ((name === undefined && !isDeclaration) || close === -1) return { end: open + 1, separator: "<" };
  if (name !== undefined && !isClosing && hiddenElements.has(name)) {
    return { end: endOfHidden(source, name, close + 1, find), separator: " " };
  }
  return { end: close + 1, separator: separatorOf(name ?? "") };
}

function separatorOf(name: string): "" | " " | "\n" {
  if (inlineElements.has(name)) return "";
  return blockElements.has(name) ? "\n" : " ";
}

/** The content of a hidden element goes up to its end tag; without one, only its start tag goes. */
function endOfHidden(source: string, name: string, from: number, find: Finder): number {
  const lower = find(`</${name}`, from);
  const upper = find(`</${name.toUpperCase()}`, from);
  const end = Math.min(lower === -1 ? source.length : lower, upper === -1 ? source.length : upper);
  return end === source.length ? from : end;
}

const namedEntities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  shy: "",
  zwnj: "",
  zwj: "",
  copy: "©",
  reg: "®",
  trade: "™",
  hellip: "…",
  mdash: "—",
  ndash: "–",
  lsquo: "‘",
  rsquo: "’",
  sbquo: "‚",
  ldquo: "“",
  rdquo: "”",
  bdquo: "„",
  laquo: "«",
  raquo: "»",
  bull: "•",
  middot: "·",
  euro: "€",
  pound: "£",
  yen: "¥",
  cent: "¢",
  sect: "§",
  para: "¶",
  deg: "°",
  times: "×",
  szlig: "ß",
  auml: "ä",
  ouml: "ö",
  uuml: "ü",
  Auml: "Ä",
  Ouml: "Ö",
  Uuml: "Ü",
  agrave: "à",
  aacute: "á",
  acirc: "â",
  atilde: "ã",
  aring: "å",
  aelig: "æ",
  ccedil: "ç",
  egrave: "è",
  eacute: "é",
  ecirc: "ê",
  euml: "ë",
  igrave: "ì",
  iacute: "í",
  icirc: "î",
  iuml: "ï",
  ntilde: "ñ",
  ograve: "ò",
  oacute: "ó",
  ocirc: "ô",
  otilde: "õ",
  oslash: "ø",
  ugrave: "ù",
  uacute: "ú",
  ucirc: "û",
  Eacute: "É",
  Egrave: "È",
  Agrave: "À",
  Aring: "Å",
  AElig: "Æ",
  Ccedil: "Ç",
  Oslash: "Ø",
  Ntilde: "Ñ",
  iquest: "¿",
  iexcl: "¡",
};

function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));?/g,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return namedEntities[name] ?? whole;
      const codePoint = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return isScalar(codePoint) ? String.fromCodePoint(codePoint) : "\uFFFD";
    },
  );
}

function isScalar(codePoint: number): boolean {
  return codePoint > 0 && codePoint <= 0x10ffff && !(codePoint >= 0xd800 && codePoint <= 0xdfff);
}

const invisible = /\u034F|[\u00AD\u200B-\u200D\u2060\uFEFF\0]/;
const allInvisible = new RegExp(invisible, "g");
const untidyBlank = /[^\S ]|\s\s/;

/** Joins blanks, drops empty lines and the invisible characters that newsletters pad their previews with. */
function tidy(text: string): string {
  const visible = invisible.test(text) ? text.replace(allInvisible, "") : text;
  const lines: string[] = [];
  for (const line of visible.split("\n")) {
    const joined = untidyBlank.test(line) ? line.replace(/\s+/g, " ").trim() : line.trim();
    if (joined !== "") lines.push(joined);
  }
  return lines.join("\n");
}
