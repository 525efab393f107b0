import type { Mailbox } from "../mailbox/mailbox.ts";
import type { SimulatorState } from "../simulator-state.ts";

const prefix = "sim-refresh-";
/** A mailbox's address, and of a token that came of a person's consent also when it was given. */
const form = /^sim-refresh-(.+?)(?:~([0-9a-z]{1,11}))?$/;

/** The refresh token that works for a mailbox without anybody's consent, until it is revoked. */
export function refreshTokenOf(email: string): string {
  return `${prefix}${email}`;
}

/**
 * A refresh token for a person's consent, different each time. It says itself whose it is and when it was given, so
 * that it is good after a restart of the simulator too.
 */
export function issueRefreshToken(mailbox: Mailbox, nowMs: number): string {
  mailbox.consentedAtMs = Math.max(nowMs, mailbox.consentedAtMs + 1, mailbox.revokedUpToMs + 1);
  return `${refreshTokenOf(mailbox.email)}~${mailbox.consentedAtMs.toString(36)}`;
}

/** Whose refresh token it is, whether it is still good or not; null for what is none. */
export function mailboxOfRefreshToken(state: SimulatorState, token: string): Mailbox | null {
  const email = form.exec(token)?.[1];
  return email === undefined ? null : state.findMailbox(email);
}

/** One of a consent that has ended is not. A token of an earlier consent stays dead, also when its mailbox is consented to anew. */
export function isGoodRefreshToken(
  { consentMs, now }: Pick<SimulatorState, "consentMs" | "now">,
  mailbox: Mailbox,
  token: string,
): boolean {
  const givenAt = form.exec(token)?.[2];
  if (!mailbox.granted || givenAt === undefined) return mailbox.granted;
  const givenAtMs = Number.parseInt(givenAt, 36);
  return givenAtMs > mailbox.revokedUpToMs && now() < givenAtMs + consentMs;
}

/** Ends the consent as its owner would: with all its tokens, and for good. */
export function revokeConsent(state: SimulatorState, mailbox: Mailbox): void {
  mailbox.granted = false;
  mailbox.revokedUpToMs = Math.max(state.now(), mailbox.consentedAtMs);
  mailbox.scopesByClient.clear();
  state.tokens.expireAll(mailbox.email);
}
