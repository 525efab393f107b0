import type { MailMessage } from "../../mail/mail-message.ts";
import { parseRawMessage } from "../../mail/parse-raw-message.ts";
import { isRecord, textAt } from "./json-access.ts";
import { readGmailEnvelope } from "./parse-gmail-message.ts";

/**
 * Reads an answer of format `raw`. The message is up to 50 MB, and base64url in JSON: the field is cut out of the
 * answer's bytes and decoded by pieces, so that it never exists as a string (which would double it, and the
 * parsed one triple it).
 *
 * @throws SyntaxError when the answer is no JSON; TypeError when it is no message
 */
export function readRawAnswer(body: Buffer): MailMessage {
  const field = findRawField(body);
  if (field === null) return readPlainly(body);
  const head = body.toString("utf8", 0, field.start);
  const rest = body.toString("utf8", field.end);
  const json: unknown = JSON.parse(head + rest);
  if (!isRecord(json)) throw new TypeError("The message resource is no JSON object.");
  return parseRawMessage(decodeBase64Url(body.subarray(field.start, field.end)), readGmailEnvelope(json));
}

/** For answers whose field cannot be cut out, with escapes in it for example. */
function readPlainly(body: Buffer): MailMessage {
  const json: unknown = JSON.parse(body.toString("utf8"));
  const raw = isRecord(json) ? textAt(json, "raw") : null;
  if (!isRecord(json) || raw === null) throw new TypeError("The message resource has no raw message.");
  return parseRawMessage(Buffer.from(raw, "base64url"), readGmailEnvelope(json));
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** The content of the top-level field `raw`, without its quotes; null when it is not there exactly once and plain. */
function findRawField(body: Buffer): { start: number; end: number } | null {
  const key = body.indexOf('"raw"');
  if (key === -1 || body[key - 1] === backslash) return null;
  let at = skipBlanks(body, key + 5);
  if (body[at] !== colon) return null;
  at = skipBlanks(body, at + 1);
  if (body[at] !== quote) return null;
  const end = body.indexOf(quote, at + 1);
  if (end === -1 || body.subarray(at + 1, end).includes(backslash)) return null;
  return { start: at + 1, end };
}

function skipBlanks(body: Buffer, from: number): number {
  let at = from;
  while (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09) at++;
  return at;
}

/** Characters decoded at a time; a multiple of four, so that no piece ends within a group. */
const pieceChars = 4 * 64 * 1024;

function decodeBase64Url(encoded: Buffer): Buffer {
  const decoded = Buffer.allocUnsafeSlow(Math.floor((encoded.length * 3) / 4));
  let length = 0;
  for (let at = 0; at < encoded.length; at += pieceChars) {
    length += decoded.write(encoded.toString("latin1", at, at + pieceChars), length, "base64url");
  }
  return decoded.subarray(0, length);
}
