import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";

/**
 * Ids of tenants, accounts and syncs stand in NATS subjects as tokens, so they hold no dot, space or wildcard.
 * Ids of messages and threads are the provider's, and are never put in a subject.
 */
const subjectToken = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "must be 1 to 64 letters, digits, '_' or '-'");

/** What this database names: messages, dead letters. */
export const rowIdSchema = subjectToken;

export const tenantIdSchema = subjectToken.describe("A tenant's id");
export const accountIdSchema = subjectToken.describe("A connected mailbox's id");
export const syncIdSchema = subjectToken.describe("A sync's id");
export const endpointIdSchema = subjectToken.describe("A webhook endpoint's id");

/** Ids made here: a prefix that names the kind, and 16 time-ordered random bytes in base 32. */
export function newId(
  prefix:
    | "acc"
    | "syn"
    | "key"
    | "brt"
    | "aud"
    | "ten"
    | "lnk"
    | "att"
    | "dl"
    | "ver"
    | "whe"
    | "whm"
    | "ret",
): string {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(Date.now()) << 16n);
  return `${prefix}_${base32(Buffer.concat([time.subarray(0, 6), randomBytes(10)]))}`;
}

/** Stands in the place of an account in facts that belong to none. */
export const noAccount = "_";
/** Stands in the place of a tenant in facts that are nobody's: of the installation, or of requests that name no tenant. */
export const noTenant = "_";

/** An id that follows from its parts: the same cause always gives the same id. */
export function derivedId(
  prefix: "msg" | "syn" | "acc" | "req" | "dl" | "ver" | "whm",
  ...parts: readonly string[]
): string {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest();
  return `${prefix}_${base32(digest.subarray(0, 16))}`;
}

/** What an id can be bound to. */
interface Owner {
  readonly tenantId: string;
  readonly accountId: string;
}

/** A new sync's id. It bears a mark of its account, so that nobody can name a sync of another account. */
export function newSyncId(owner: Owner): string {
  const nonce = newId("syn");
  return `${nonce}_${ownerMark(owner, nonce)}`;
}

/** A sync's id that follows from its cause: the same cause of one account always gives the same sync. */
export function derivedSyncId(owner: Owner, ...cause: readonly string[]): string {
  const nonce = derivedId("syn", owner.tenantId, owner.accountId, ...cause);
  return `${nonce}_${ownerMark(owner, nonce)}`;
}

/** True for an id that was made here for this account. Not a secret: it only keeps accounts apart. */
export function isSyncIdOf(owner: Owner, syncId: string): boolean {
  const at = syncId.lastIndexOf("_");
  return at > 0 && syncId.slice(at + 1) === ownerMark(owner, syncId.slice(0, at));
}

function ownerMark({ tenantId, accountId }: Owner, nonce: string): string {
  return base32(
    createHash("sha256")
      .update(JSON.stringify([tenantId, accountId, nonce]))
      .digest()
      .subarray(0, 8),
  );
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

/** What tells a page, and the work that is cut from it, from those of a page of the same number that a lost log had. */
export const pageMarkSchema = z.string().max(64).describe("Random: tells the page from others of its number");
