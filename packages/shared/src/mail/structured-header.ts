import { decodeText } from "./decode-text.ts";
import { DefectList } from "./defect-list.ts";

/** `text/plain; charset=utf-8`, taken apart. */
export interface StructuredHeader {
  /** Lower case; "" when there is none. */
  readonly value: string;
  /** By lower-case name; unquoted, RFC 2231 continuations joined and decoded. A repeated one counts once, first. */
  readonly params: ReadonlyMap<string, string>;
}

const headerCharsMax = 64 * 1024;
const paramsMax = 200;

const param = /[;\s]*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))/sy;

/** Parses a Content-Type or Content-Disposition value (RFC 2045, 2183, 2231). Never throws, linear, bounded. */
export function parseStructuredHeader(header: string | null): StructuredHeader {
  const text = header === null ? "" : header.slice(0, headerCharsMax);
  const semicolon = text.indexOf(";");
  const head = semicolon === -1 ? text : text.slice(0, semicolon);
  const isParam = head.includes("="); // "Content-Disposition: filename=x", the type left out
  const params = readParams(text, isParam ? 0 : head.length);
  return { value: isParam ? "" : firstToken(head), params };
}

/** The first word of a header value, lower case, comments and quotes aside: "(why) BASE64" is "base64". */
export function firstToken(value: string): string {
  const withoutComment = value.includes("(") ? value.replace(/\([^()]*\)/g, " ") : value;
  return (/[^\s;"]+/.exec(withoutComment)?.[0] ?? "").toLowerCase();
}

function readParams(text: string, from: number): ReadonlyMap<string, string> {
  const plain = new Map<string, string>();
  const sections = new Map<string, Section[]>();
  param.lastIndex = from;
  for (let count = 0; count < paramsMax; count++) {
    const start = param.lastIndex;
    const match = param.exec(text);
    if (match === null) {
      const next = text.indexOf(";", start + 1);
      if (next === -1) break;
      param.lastIndex = next; // a piece that is no parameter: on to the next one
      continue;
    }
    const name = (match[1] ?? "").toLowerCase();
    const value =
      match[2] === undefined ? bareValue(name, match[3] ?? "") : match[2].replace(/\\(.)/gs, "$1");
    const star = name.indexOf("*");
    if (star > 0) addSection(sections, name.slice(0, star), name.slice(star + 1), value);
    else if (!plain.has(name)) plain.set(name, value);
  }
  for (const [name, parts] of sections) plain.set(name, joinSections(parts));
  return plain;
}

/** An unquoted value may be followed by a comment; in a file name, "(1)" is part of the name. */
function bareValue(name: string, value: string): string {
  const trimmed = value.trim();
  const isName = name.startsWith("filename") || name.startsWith("name");
  const comment = isName ? -1 : trimmed.search(/\s\(/);
  return comment === -1 ? trimmed : trimmed.slice(0, comment).trim();
}

interface Section {
  readonly number: number;
  readonly isEncoded: boolean;
  readonly value: string;
}

/** `suffix` is what follows the first asterisk of the name: "" of `name*`, "0" of `name*0`, "0*" of `name*0*`. */
function addSection(sections: Map<string, Section[]>, name: string, suffix: string, value: string): void {
  const isEncoded = suffix === "" || suffix.endsWith("*");
  const section = { number: Number.parseInt(suffix, 10) || 0, isEncoded, value };
  const known = sections.get(name);
  if (known === undefined) sections.set(name, [section]);
  else known.push(section);
}

function joinSections(sections: Section[]): string {
  let charset: string | null = "utf-8";
  const bytes: Buffer[] = [];
  for (const section of sections.sort((a, b) => a.number - b.number)) {
    if (!section.isEncoded) {
      bytes.push(Buffer.from(section.value));
      continue;
    }
    const prefix = section.number === 0 ? /^([^']*)'[^']*'/s.exec(section.value) : null;
    if (prefix !== null) charset = prefix[1] || "utf-8";
    bytes.push(decodePercent(section.value.slice(prefix?.[0].length ?? 0)));
  }
  return decodeText(Buffer.concat(bytes), charset, "declared", new DefectList());
}

function decodePercent(value: string): Buffer {
  const encoded = Buffer.from(value);
  const decoded = Buffer.alloc(encoded.length);
  let length = 0;
  for (let i = 0; i < encoded.length; i++) {
    const hex = encoded[i] === 0x25 ? encoded.toString("latin1", i + 1, i + 3) : "";
    const isEscape = /^[0-9a-f]{2}$/i.test(hex);
    decoded[length++] = isEscape ? Number.parseInt(hex, 16) : (encoded[i] as number);
    if (isEscape) i += 2;
  }
  return decoded.subarray(0, length);
}
