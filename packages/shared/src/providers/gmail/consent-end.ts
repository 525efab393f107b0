import { isRecord, numberAt } from "./json-access.ts";

const msMax = 100 * 365 * 86_400_000;

/**
 * When a consent ends, from the answer that gave or used its refresh token. Google names it where the person has allowed access
 * for a time only, and where the OAuth client is in testing (seven days).
 * https://developers.google.com/identity/protocols/oauth2/web-server#time-based-access
 *
 * @returns null when the answer names no end
 */
export function consentEndOf(tokens: unknown, askedAtMs: number): Date | null {
  const seconds = isRecord(tokens) ? numberAt(tokens, "refresh_token_expires_in") : null;
  if (seconds === null || seconds <= 0) return null;
  return new Date(askedAtMs + Math.min(seconds * 1_000, msMax));
}
