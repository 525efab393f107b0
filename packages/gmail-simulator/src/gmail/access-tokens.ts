import { randomBytes } from "node:crypto";

/** Access tokens in force: opaque, and good for a limited time. */
export class AccessTokens {
  private readonly tokens = new Map<string, { readonly email: string; readonly expiresAtMs: number }>();
  private readonly lifetimeSeconds: number;

  constructor(lifetimeSeconds: number) {
    this.lifetimeSeconds = lifetimeSeconds;
  }

  /** A fresh token for a mailbox and how long it is good for. Older ones stay good. */
  issue(email: string, nowMs: number): { token: string; expiresInSeconds: number } {
    if (this.tokens.size >= TOKENS_MAX) this.dropExpired(nowMs);
    const token = `ya29.sim-${randomBytes(24).toString("base64url")}`;
    this.tokens.set(token, { email, expiresAtMs: nowMs + this.lifetimeSeconds * 1_000 });
    return { token, expiresInSeconds: this.lifetimeSeconds };
  }

  /** Whose token it is, or null when it is unknown or over. */
  emailOf(token: string, nowMs: number): string | null {
    const held = this.tokens.get(token);
    return held !== undefined && held.expiresAtMs > nowMs ? held.email : null;
  }

  expire(token: string): void {
    this.tokens.delete(token);
  }

  /** Ends all tokens of a mailbox, or of all mailboxes. Returns how many. */
  expireAll(email?: string): number {
    const before = this.tokens.size;
    for (const [token, held] of this.tokens) {
      if (email === undefined || held.email === email) this.tokens.delete(token);
    }
    return before - this.tokens.size;
  }

  private dropExpired(nowMs: number): void {
    for (const [token, held] of this.tokens) if (held.expiresAtMs <= nowMs) this.tokens.delete(token);
    // Still full: the oldest goes, as Google does with the oldest of too many.
    const oldest = this.tokens.keys().next();
    if (this.tokens.size >= TOKENS_MAX && !oldest.done) this.tokens.delete(oldest.value);
  }
}

const TOKENS_MAX = 100_000;
