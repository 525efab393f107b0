import { encodeCharset, type MailCharset } from "./charset-encoder.ts";
import type { Locale } from "./phrases.ts";
import { locales, machines } from "./phrases.ts";
import { encodedWords, quotedPrintable } from "./transfer-encode.ts";

export type TransferEncoding = "7bit" | "8bit" | "quoted-printable" | "base64";

/**
 * A locale's phrases in one charset and one transfer encoding, encoded once, so that writing a message is
 * joining ready strings (one character a byte). For base64 the lines are the charset's bytes, to be encoded
 * when the body is complete.
 */
export interface PhrasePack {
  readonly locale: Locale;
  readonly charset: MailCharset;
  readonly encoding: TransferEncoding;
  readonly textLines: readonly string[];
  readonly htmlLines: readonly string[];
  readonly topics: readonly string[];
  readonly people: readonly string[];
}

/** Every pack there is; built on first use and kept. */
export function phrasePacks(): readonly PhrasePack[] {
  packs ??= locales.flatMap((locale) =>
    locale.charsets.flatMap((charset) =>
      encodingsOf(charset).map((encoding) => buildPack(locale, charset, encoding)),
    ),
  );
  return packs;
}

/** Mailbox addresses of the machine senders, ready for a header. */
export const machineMailboxes: readonly string[] = machines.map((one) => `"${one.name}" <${one.address}>`);

let packs: readonly PhrasePack[] | undefined;

function encodingsOf(charset: MailCharset): readonly TransferEncoding[] {
  if (charset === "us-ascii" || charset === "iso-2022-jp") return ["7bit"];
  if (charset === "utf-8") return ["quoted-printable", "base64", "8bit"];
  if (charset === "gb18030") return ["base64"];
  return charset === "koi8-r" ? ["8bit", "base64"] : ["quoted-printable", "8bit"];
}

function buildPack(locale: Locale, charset: MailCharset, encoding: TransferEncoding): PhrasePack {
  const encode = (text: string): string => encodeCharset(text, charset);
  const transfer = (text: string): string =>
    encoding === "quoted-printable" ? quotedPrintable(encode(text)) : encode(text);
  return {
    locale,
    charset,
    encoding,
    textLines: locale.sentences.map((sentence) => `${transfer(sentence)}\r\n`),
    htmlLines: locale.sentences.map(
      (sentence) => `${transfer(`<p style="margin:0 0 12px 0">${sentence}</p>`)}\r\n`,
    ),
    topics: locale.topics.map((topic) => encodedWords(topic, charset, encode)),
    people: locale.people.map((person) => formatMailbox(person.name, person.address, charset, encode)),
  };
}

function formatMailbox(
  name: string,
  address: string,
  charset: MailCharset,
  encode: (text: string) => string,
): string {
  const encoded = encodedWords(name, charset, encode);
  return encoded === name ? `"${name}" <${address}>` : `${encoded} <${address}>`;
}
