import { createHash } from "node:crypto";

/** What an API key looks like; anything else is refused before a database is asked. */
export const apiKeyPattern = /^mr_[A-Za-z0-9_-]{16,200}$/;

/** What is kept of a key. Keys are random, so a slow hash would add nothing. */
export function hashApiKey(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
