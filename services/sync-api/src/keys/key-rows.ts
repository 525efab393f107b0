import { isAliveKey } from "../access/is-alive-key.ts";
import type { ApiKey } from "../resources/api-key.ts";
import { isoOf, isoOrNull } from "../resources/time.ts";

export const keyColumns = `
  id, name, scopes, hint, created_at as "createdAt", expires_at as "expiresAt", last_used_at as "lastUsedAt",
  revoked_at as "revokedAt", replaces`;

/** A key that opens something, now. */
export const isAlive = isAliveKey("api_keys");

export interface KeyRow extends Omit<ApiKey, "createdAt" | "expiresAt" | "lastUsedAt" | "revokedAt"> {
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

export const keyOfRow = ({ createdAt, expiresAt, lastUsedAt, revokedAt, ...row }: KeyRow): ApiKey => ({
  ...row,
  createdAt: isoOf(createdAt),
  expiresAt: isoOrNull(expiresAt),
  lastUsedAt: isoOrNull(lastUsedAt),
  revokedAt: isoOrNull(revokedAt),
});
