import { createHash, randomBytes } from "node:crypto";
import { parseCookie, stringifySetCookie } from "cookie";
import { callbackPath } from "./public-origin.ts";

/** What ties an attempt to the browser that began it: a secret in a cookie, of which we keep a hash. */
export interface BrowserSecret {
  readonly hash: Buffer;
  /** The header that gives it to the browser. */
  readonly setCookie: string;
}

export function newBrowserSecret(origin: string, attemptId: string, maxAgeSeconds: number): BrowserSecret {
  const value = randomBytes(32).toString("base64url");
  return { hash: hashOf(value), setCookie: writeCookie(origin, attemptId, value, maxAgeSeconds) };
}

/** The hash of what the browser shows for an attempt; null when it shows nothing. */
export function shownSecretHash(
  origin: string,
  attemptId: string,
  header: string | undefined,
): Buffer | null {
  const value = parseCookie(header ?? "")[cookieName(origin, attemptId)];
  return value === undefined ? null : hashOf(value);
}

/** The header that takes it from the browser. */
export function forgetBrowserSecret(origin: string, attemptId: string): string {
  return writeCookie(origin, attemptId, "", 0);
}

/**
 * Of each attempt its own, so that several tabs do not disturb each other. With the prefix `__Host-`, neither a sibling
 * domain nor plain http can plant one, which a narrower path would allow; on this machine's own http, the path is narrow
 * instead.
 */
function writeCookie(origin: string, attemptId: string, value: string, maxAge: number): string {
  const secure = isSecure(origin);
  const path = secure ? "/" : callbackPath;
  const name = cookieName(origin, attemptId);
  // Lax: it comes along when the provider sends the person back, and with nothing that another page does by itself.
  return stringifySetCookie({ name, value, maxAge, path, secure, httpOnly: true, sameSite: "lax" });
}

const cookieName = (origin: string, attemptId: string): string =>
  `${isSecure(origin) ? "__Host-" : ""}millrace-connect-${attemptId}`;

const isSecure = (origin: string): boolean => origin.startsWith("https:");

const hashOf = (value: string): Buffer => createHash("sha256").update(value).digest();
