import type { ProviderFault } from "./mail-provider.ts";

/** What a person is asked to allow: to read mail, or to change it as well. */
export type Access = "read" | "modify";

/**
 * The port of a provider that asks people for their consent in a browser (OAuth 2.0 with PKCE). What it answers is a
 * result; nothing of codes, verifiers and tokens is in a fault.
 */
export interface ConsentProvider {
  /** Where the person's browser is sent. Does no I/O. */
  consentUrl(request: ConsentRequest): string;
  /**
   * Exchanges the code that the browser came back with, and asks whose mailbox it opens. Codes are good once: an
   * exchange is not repeated.
   */
  redeem(redemption: Redemption): Promise<ConsentResult>;
  /** Tries a refresh token that somebody has from elsewhere: does it open the mailbox of that address? Changes nothing. */
  tryToken(refreshToken: string, email: string): Promise<TokenTrial>;
}

/**
 * token_refused: the provider does not know it (any more), or it is another client's; mailbox_refused: it opens no mailbox, or
 * may not read it; other_mailbox: it opens somebody else's.
 */
export type TokenRefusal = "token_refused" | "mailbox_refused" | "other_mailbox";

export type TokenTrial =
  | { readonly kind: "opens"; readonly consentEndsAt: Date | null }
  | { readonly kind: "refused"; readonly why: TokenRefusal }
  | { readonly kind: "failed"; readonly fault: ProviderFault };

export interface ConsentRequest {
  /** Where the browser comes back to. */
  readonly redirectUri: string;
  /** Comes back with the browser. */
  readonly state: string;
  /** Whoever exchanges the code has to know it; only its digest leaves us before. */
  readonly verifier: string;
  readonly access: Access;
  /** The address of the mailbox that is meant, so that the person need not choose. */
  readonly loginHint: string | null;
}

export interface Redemption extends Pick<ConsentRequest, "redirectUri" | "verifier" | "access"> {
  readonly code: string;
}

/**
 * code_refused: another flow's, used or too old; access_missing: the person has not allowed all that is needed;
 * refresh_token_missing: the access would end with the hour; mailbox_refused: it opens no mailbox.
 */
type ConsentRefusal = "code_refused" | "access_missing" | "refresh_token_missing" | "mailbox_refused";

export type ConsentResult =
  | {
      readonly kind: "granted";
      readonly email: string;
      readonly refreshToken: string;
      /** Null: it has no end that the provider tells of. */
      readonly consentEndsAt: Date | null;
    }
  | { readonly kind: "refused"; readonly why: ConsentRefusal }
  | { readonly kind: "failed"; readonly fault: ProviderFault };
