import { decodeText } from "../mime/decode-text.ts";
import { decodeTransfer } from "../mime/decode-transfer.ts";
import { decodeWords } from "../mime/header-values.ts";
import { scanParts, walkParts } from "../mime/scan-parts.ts";
import type { LabelTable } from "./label-table.ts";

/** What a search asks about a message; the first group is cheap, the second needs its bytes. */
export interface SearchQuery {
  /** False when the message cannot match, from labels and date alone. */
  matchesEnvelope(labelIds: readonly string[], dateMs: number): boolean;
  /** Null when labels and date decide it. */
  readonly matchesContent: ((bytes: Buffer) => boolean) | null;
  /** True when the query itself asks for spam or trash. */
  readonly includesSpamTrash: boolean;
}

/**
 * Compiles a useful part of Gmail's search (https://support.google.com/mail/answer/7190): from:, to:, subject:,
 * label:, in:, is:, has:attachment, after:, before:, newer_than:, older_than:, rfc822msgid:, quoted phrases,
 * "-" for not, and words, all of which must match. An operator that is not known is searched as a word. OR,
 * braces and parentheses are not understood.
 */
export function compileSearch(q: string, labels: LabelTable, nowMs: number): SearchQuery {
  const terms = [...q.matchAll(TERM)].slice(0, TERMS_MAX).map((match) => toTerm(match, labels, nowMs));
  const content = terms.filter((term) => term.content !== undefined);
  return {
    includesSpamTrash: /\bin:(anywhere|spam|trash)\b|\blabel:(spam|trash)\b/i.test(q),
    matchesEnvelope: (labelIds, dateMs) =>
      terms.every((term) => term.envelope === undefined || term.envelope(labelIds, dateMs) !== term.negated),
    matchesContent:
      content.length === 0
        ? null
        : (bytes) => {
            const text = readSearchText(bytes);
            return content.every((term) => term.content?.(text) !== term.negated);
          },
  };
}

interface Term {
  readonly negated: boolean;
  readonly envelope?: (labelIds: readonly string[], dateMs: number) => boolean;
  readonly content?: (text: SearchText) => boolean;
}

interface SearchText {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly messageId: string;
  readonly all: string;
  readonly hasAttachment: boolean;
}

const TERMS_MAX = 100;
const TERM = /(-?)(?:([a-z_0-9]+):)?(?:"([^"]*)"|(\S+))/gi;
const DAY_MS = 86_400_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  d: DAY_MS,
  m: 30 * DAY_MS,
  y: 365 * DAY_MS,
};

function toTerm(match: RegExpExecArray, labels: LabelTable, nowMs: number): Term {
  const negated = match[1] === "-";
  const operator = (match[2] ?? "").toLowerCase();
  const value = (match[3] ?? match[4] ?? "").toLowerCase();
  const envelope = envelopeTest(operator, value, labels, nowMs);
  if (envelope !== null) return { negated, envelope };
  const field = contentTest(operator, value);
  if (field !== null) return { negated, content: field };
  const word = operator === "" ? value : `${operator}:${value}`;
  return { negated, content: (text) => text.all.includes(word) };
}

function envelopeTest(
  operator: string,
  value: string,
  labels: LabelTable,
  nowMs: number,
): ((labelIds: readonly string[], dateMs: number) => boolean) | null {
  const bears = (id: string | null) => (labelIds: readonly string[]) => id !== null && labelIds.includes(id);
  switch (operator) {
    case "label":
      return bears(labels.findIdByName(value));
    case "in":
      if (value === "anywhere") return () => true;
      return bears(labels.findIdByName(value === "sent" ? "SENT" : value));
    case "category":
      return bears(`CATEGORY_${value === "primary" ? "PERSONAL" : value.toUpperCase()}`);
    case "is":
      if (value === "read") return (labelIds) => !labelIds.includes("UNREAD");
      return bears(labels.findIdByName(value));
    case "after":
    case "before": {
      const boundMs = parseDateMs(value);
      if (boundMs === null) return null;
      return (_, dateMs) => (operator === "after" ? dateMs >= boundMs : dateMs < boundMs);
    }
    case "newer_than":
    case "older_than": {
      const age = /^(\d{1,5})([hdmy])$/.exec(value);
      if (age === null) return null;
      const boundMs = nowMs - Number(age[1]) * (UNIT_MS[age[2] ?? "d"] ?? DAY_MS);
      return (_, dateMs) => (operator === "newer_than" ? dateMs >= boundMs : dateMs < boundMs);
    }
    default:
      return null;
  }
}

function contentTest(operator: string, value: string): ((text: SearchText) => boolean) | null {
  switch (operator) {
    case "from":
      return (text) => text.from.includes(value);
    case "to":
      return (text) => text.to.includes(value);
    case "subject":
      return (text) => text.subject.includes(value);
    case "rfc822msgid":
      return (text) => text.messageId.includes(value.replaceAll(/[<>]/g, ""));
    case "has":
      return value === "attachment" ? (text) => text.hasAttachment : null;
    default:
      return null;
  }
}

/** YYYY/MM/DD (or with dashes), or seconds since the epoch. */
function parseDateMs(value: string): number | null {
  if (/^\d{9,11}$/.test(value)) return Number(value) * 1_000;
  const match = /^(\d{4})[/-](\d{1,2})[/-](\d{1,2})$/.exec(value);
  return match === null ? null : Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
}

function readSearchText(bytes: Buffer): SearchText {
  const root = scanParts(bytes);
  const header = (...names: string[]): string =>
    root.headers
      .filter((one) => names.includes(one.name.toLowerCase()))
      .map((one) => decodeWords(one.value, false))
      .join("\n")
      .toLowerCase();
  const bodies: string[] = [];
  let hasAttachment = false;
  for (const part of walkParts(root)) {
    if (part.filename !== "") hasAttachment = true;
    if (part.parts.length > 0 || !part.mimeType.startsWith("text/") || part.filename !== "") continue;
    const content = decodeTransfer(bytes.subarray(part.bodyStart, part.bodyEnd), part.transferEncoding);
    bodies.push(decodeText(content, part.charset).toLowerCase());
  }
  const [from, to, subject] = [header("from"), header("to", "cc", "bcc"), header("subject")];
  const all = [from, to, subject, ...bodies].join("\n");
  return { from, to, subject, messageId: header("message-id"), all, hasAttachment };
}
