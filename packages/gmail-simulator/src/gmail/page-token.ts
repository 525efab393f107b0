import { hashText } from "../random.ts";

/**
 * Opaque page tokens: a position, bound to what was asked, so that a token of another listing is refused
 * instead of answered with nonsense. `scope` is everything that must not change between pages.
 */
export function writePageToken(position: number, scope: string): string {
  return Buffer.from(`${position}.${check(position, scope)}`, "latin1").toString("base64url");
}

/** The position, or null when the token is none of this scope's. */
export function readPageToken(token: string, scope: string): number | null {
  const match = /^(\d{1,10})\.([0-9a-z]{1,7})$/.exec(Buffer.from(token, "base64url").toString("latin1"));
  if (match === null) return null;
  const position = Number(match[1]);
  return match[2] === check(position, scope) ? position : null;
}

function check(position: number, scope: string): string {
  return hashText(`${position}\n${scope}`).toString(36);
}
