import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";

/**
 * Ids of tenants, accounts and syncs stand in NATS subjects as tokens, so they hold no dot, space or wildcard.
 * Ids of messages and threads are the provider's, and are never put in a subject.
 */
const subjectToken = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "must be 1 to 64 letters, digits, '_' or '-'");

export const tenantIdSchema = subjectToken.describe("A tenant's id");
export const accountIdSchema = subjectToken.describe("A connected mailbox's id");
export const syncIdSchema = subjectToken.describe("A sync's id");

/** Ids made here: a prefix that names the kind, and 16 time-ordered random bytes in base 32. */
export function newId(prefix: "acc" | "syn" | "key" | "dl"): string {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(Date.now()) << 16n);
  return `${prefix}_${base32(Buffer.concat([time.subarray(0, 6), randomBytes(10)]))}`;
}

/** An id that follows from its parts: the same cause always gives the same id. */
export function derivedId(prefix: "msg" | "syn" | "acc", ...parts: readonly string[]): string {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest();
  return `${prefix}_${base32(digest.subarray(0, 16))}`;
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's, so that ids sort by time and can be read aloud

function base32(bytes: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let text = "";
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >>> bits) & 31];
    }
  }
  return bits > 0 ? text + alphabet[(value << (5 - bits)) & 31] : text;
}
