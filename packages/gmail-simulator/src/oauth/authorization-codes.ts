import { createHash, randomBytes } from "node:crypto";
import type { CodeChallenge } from "./authorization-request.ts";

/** What a person has allowed, until it is exchanged for tokens. */
export interface AllowedAccess {
  readonly email: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly challenge: CodeChallenge | null;
  readonly scopes: readonly string[];
  readonly wantsRefreshToken: boolean;
}

/** What comes with a code to the token endpoint. */
export interface CodeExchange {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly verifier: string | null;
}

export type ExchangeResult =
  | { readonly ok: true; readonly access: AllowedAccess }
  | { readonly ok: false; readonly error: string; readonly description: string };

/** Authorization codes: good for ten minutes, for one exchange, and for whoever has the verifier. */
export class AuthorizationCodes {
  private readonly codes = new Map<
    string,
    { readonly access: AllowedAccess; readonly expiresAtMs: number }
  >();

  issue(access: AllowedAccess, nowMs: number): string {
    const oldest = this.codes.keys().next();
    if (this.codes.size >= CODES_MAX && !oldest.done) this.codes.delete(oldest.value);
    const code = `4/0${randomBytes(32).toString("base64url")}`;
    this.codes.set(code, { access, expiresAtMs: nowMs + CODE_MS });
    return code;
  }

  /** Whose mailbox a code is for; null when it is none. */
  emailOf(code: string): string | null {
    return this.codes.get(code)?.access.email ?? null;
  }

  /** A code is spent by the first attempt, whatever comes of it. */
  exchange(code: string, sent: CodeExchange, nowMs: number): ExchangeResult {
    const held = this.codes.get(code);
    this.codes.delete(code);
    if (held === undefined || held.expiresAtMs <= nowMs)
      return refuse("invalid_grant", "Malformed auth code.");
    const { access } = held;
    if (access.clientId !== sent.clientId) return refuse("invalid_grant", "Bad Request");
    if (access.redirectUri !== sent.redirectUri) return refuse("redirect_uri_mismatch", "Bad Request");
    if (access.challenge === null) return { ok: true, access };
    if (sent.verifier === null) return refuse("invalid_grant", "Missing code verifier.");
    if (challengeOf(sent.verifier, access.challenge.method) !== access.challenge.value)
      return refuse("invalid_grant", "Invalid code verifier.");
    return { ok: true, access };
  }
}

/** https://datatracker.ietf.org/doc/html/rfc7636#section-4.6 */
function challengeOf(verifier: string, method: CodeChallenge["method"]): string {
  return method === "plain" ? verifier : createHash("sha256").update(verifier, "ascii").digest("base64url");
}

function refuse(error: string, description: string): ExchangeResult {
  return { ok: false, error, description };
}

const CODE_MS = 10 * 60_000;
const CODES_MAX = 10_000;
