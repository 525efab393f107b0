import { decodeHeaderWords } from "./decode-header-words.ts";
import type { DefectList } from "./defect-list.ts";
import { parseMailDate } from "./mail-date.ts";
import { mailLimits } from "./mail-limits.ts";
import type { MailMessage } from "./mail-message.ts";
import { parseAddresses } from "./parse-addresses.ts";
import type { RawHeader } from "./scan-headers.ts";
import { cutText, storableText } from "./storable-text.ts";

/** The part of a message that its top-level headers tell. */
export type InterpretedHeaders = Pick<
  MailMessage,
  | "headers"
  | "subject"
  | "sentAt"
  | "messageIdHeader"
  | "inReplyTo"
  | "references"
  | "from"
  | "sender"
  | "replyTo"
  | "to"
  | "cc"
  | "bcc"
>;

/**
 * Interprets a message's headers, given unfolded and in order. A header that may stand only once and stands
 * twice counts by its first occurrence; address headers add up. Never throws; everything is storable and bounded.
 */
export function interpretHeaders(raw: readonly RawHeader[], defects: DefectList): InterpretedHeaders {
  const byName = groupByName(raw);
  const first = (name: string): string | null => byName.get(name)?.[0] ?? null;
  const addresses = (header: string) =>
    parseAddresses(byName.get(header.toLowerCase()) ?? [], header, defects);
  return {
    headers: storeHeaders(raw, defects),
    subject: textHeader(first("subject"), mailLimits.subjectCharsMax, "Subject", defects),
    sentAt: dateHeader(first("date"), defects),
    messageIdHeader: textHeader(first("message-id"), mailLimits.indexedCharsMax, "Message-ID", defects),
    inReplyTo: textHeader(first("in-reply-to"), mailLimits.indexedCharsMax, "In-Reply-To", defects),
    references: referenceHeader(byName.get("references") ?? [], defects),
    from: addresses("From"),
    sender: addresses("Sender"),
    replyTo: addresses("Reply-To"),
    to: addresses("To"),
    cc: addresses("Cc"),
    bcc: addresses("Bcc"),
  };
}

function groupByName(raw: readonly RawHeader[]): Map<string, string[]> {
  const byName = new Map<string, string[]>();
  for (const [name, value] of raw) {
    const key = name.toLowerCase();
    const values = byName.get(key);
    if (values === undefined) byName.set(key, [value]);
    else values.push(value);
  }
  return byName;
}

function storeHeaders(raw: readonly RawHeader[], defects: DefectList): [string, string][] {
  const stored: [string, string][] = [];
  let charsLeft: number = mailLimits.headerCharsMax;
  for (const [rawName, rawValue] of raw) {
    const name = storableText(rawName);
    const value = storableText(decodeHeaderWords(rawValue));
    if (stored.length >= mailLimits.headersMax || charsLeft <= name.length) {
      defects.add(`Headers after the first ${stored.length} are left out: too many or too long.`);
      break;
    }
    charsLeft -= name.length;
    if (value.length > charsLeft) {
      defects.add(`The header ${name.slice(0, 60)} is cut: the headers together are too long.`);
    }
    stored.push([name, cutText(value, charsLeft)]);
    charsLeft -= Math.min(value.length, charsLeft);
  }
  return stored;
}

function textHeader(
  value: string | null,
  charsMax: number,
  header: string,
  defects: DefectList,
): string | null {
  if (value === null) return null;
  const decoded = decodeHeaderWords(value);
  if (decoded.length > charsMax) defects.add(`The ${header} is cut to ${charsMax} characters.`);
  return storableText(cutText(decoded, charsMax)).trim();
}

function dateHeader(value: string | null, defects: DefectList): Date | null {
  if (value === null) {
    defects.add("The message has no Date header.");
    return null;
  }
  const date = parseMailDate(value);
  if (date === null) defects.add("The Date header cannot be read, or is absurd.");
  return date;
}

function referenceHeader(values: readonly string[], defects: DefectList): readonly string[] {
  const references: string[] = [];
  for (const value of values) {
    for (const [token] of value.matchAll(/<[^<>\s]*>|[^<>\s,]+/g)) {
      if (references.length >= mailLimits.referencesMax) {
        defects.add(`References after the first ${mailLimits.referencesMax} are left out.`);
        return references;
      }
      references.push(storableText(cutText(token, mailLimits.indexedCharsMax)));
    }
  }
  return references;
}
