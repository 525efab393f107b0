import { createHash, randomBytes } from "node:crypto";

/** What callers show of themselves, by its first letters. */
const kinds = { key: "mr", browser: "mrb", operator: "mro" } as const;
export type SecretKind = keyof typeof kinds;

const randomByteCount = 24;
const hintChars = 4;

/** What a secret looks like; anything else is refused before a database is asked. */
export const secretPattern = (kind: SecretKind): RegExp =>
  new RegExp(`^${kinds[kind]}_[A-Za-z0-9_-]{16,200}$`);

/** 192 random bits. */
export const newSecret = (kind: SecretKind): string =>
  `${kinds[kind]}_${randomBytes(randomByteCount).toString("base64url")}`;

export function kindOfSecret(secret: string): SecretKind | null {
  const kind = (Object.keys(kinds) as SecretKind[]).find((name) => secretPattern(name).test(secret));
  return kind ?? null;
}

/**
 * What is kept of a secret. They are random, so a slow hash would add nothing; and whoever measures how long a search by
 * hash takes learns of hashes that he cannot choose.
 */
export function hashSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** Its first characters, to be known again by: of 192 random bits they give away 24. */
export const hintOf = (secret: string): string => secret.slice(0, secret.indexOf("_") + 1 + hintChars);
