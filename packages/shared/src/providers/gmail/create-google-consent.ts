import { createHash } from "node:crypto";
import { CodeChallengeMethod } from "google-auth-library";
import type { Access, ConsentProvider, ConsentResult, Redemption } from "../consent-provider.ts";
import type { ProviderFault } from "../mail-provider.ts";
import { MalformedAnswerError } from "./ask-gmail.ts";
import { classifyGmailFault, type FaultObservation } from "./classify-gmail-fault.ts";
import { consentEndOf } from "./consent-end.ts";
import { createOAuthClient, EmptyTokenAnswerError, type OAuthOptions } from "./create-oauth-client.ts";
import type { ResolvedGmailOptions } from "./gmail-options.ts";
import { createGoogleClients } from "./google-clients.ts";
import { isSameAddress } from "./guard-mailbox.ts";
import { createHttpTransport } from "./http-transport.ts";
import { isRecord, textAt } from "./json-access.ts";
import { observeThrown } from "./observe-fault.ts";
import { readProfile } from "./read-profile.ts";

export type GoogleConsentOptions = Required<Omit<OAuthOptions, "revokeUrl">> &
  Pick<ResolvedGmailOptions, "rootUrl">;

/** A person waits meanwhile: for the exchange and for the profile each. */
const requestTimeoutMs = 10_000;
const connectionsMax = 16;
const emailCharsMax = 320;

const base = "https://www.googleapis.com/auth/";
/** What is asked for, and what else allows the same: https://developers.google.com/workspace/gmail/api/auth/scopes */
const scopes: Readonly<Record<Access, readonly [asked: string, ...also: string[]]>> = {
  read: [`${base}gmail.readonly`, `${base}gmail.modify`, "https://mail.google.com/"],
  modify: [`${base}gmail.modify`, "https://mail.google.com/"],
};

/**
 * Google's consent page and what follows it (https://developers.google.com/identity/protocols/oauth2/web-server).
 * The person is asked each time, because only then is a refresh token certain to come. A grant that is of no use is
 * forgotten and not revoked: revoking would end every token that the person has given this client, also those by which
 * the same mailbox is connected elsewhere.
 */
export function createGoogleConsent(options: GoogleConsentOptions): ConsentProvider & { close(): void } {
  const transport = createHttpTransport({ requestTimeoutMs, connectionsMax });
  const google = createGoogleClients(options, transport);
  const isEmulator = !new URL(options.rootUrl).hostname.endsWith(".googleapis.com");

  return {
    consentUrl({ redirectUri, state, verifier, access, loginHint }) {
      return createOAuthClient(options, transport).generateAuthUrl({
        redirect_uri: redirectUri,
        scope: [scopes[access][0]],
        state,
        code_challenge_method: CodeChallengeMethod.S256,
        code_challenge: createHash("sha256").update(verifier, "ascii").digest("base64url"),
        access_type: "offline",
        include_granted_scopes: true,
        prompt: "consent",
        ...(loginHint === null ? {} : { login_hint: loginHint }),
      });
    },

    async redeem(redemption) {
      const secrets = [redemption.code, redemption.verifier, options.clientSecret];
      const tokens = await attempt("token", secrets, () => exchange(redemption));
      if (!tokens.ok) {
        const isRefused = tokens.fault.reason === "invalid_grant";
        return isRefused ? refused("code_refused") : { kind: "failed", fault: tokens.fault };
      }
      const { accessToken, refreshToken, scope, consentEndsAt } = tokens.value;
      if (!isAllowed(scope, redemption.access)) return refused("access_missing");
      if (refreshToken === null) return refused("refresh_token_missing");
      const mailbox = await openMailbox(accessToken, [...secrets, refreshToken]);
      if (mailbox.kind !== "opened") return mailbox;
      const { email } = mailbox;
      return email !== null && isAddress(email)
        ? { kind: "granted", email, refreshToken, consentEndsAt }
        : refused("mailbox_refused");
    },

    async tryToken(refreshToken, email) {
      const secrets = [refreshToken, options.clientSecret];
      const token = await attempt("token", secrets, () => google.refresh(refreshToken));
      if (!token.ok) {
        const isRefused = token.fault.reason === "invalid_grant";
        return isRefused ? { kind: "refused", why: "token_refused" } : { kind: "failed", fault: token.fault };
      }
      const mailbox = await openMailbox(token.value.accessToken, secrets);
      if (mailbox.kind !== "opened") return mailbox;
      // Only an emulator does not say whose it is.
      const isOther = mailbox.email !== null && !isSameAddress(mailbox.email, email);
      if (isOther) return { kind: "refused", why: "other_mailbox" };
      return { kind: "opens", consentEndsAt: token.value.consentEndsAt ?? null };
    },

    close: transport.close,
  };

  /** Whose mailbox a token opens. Its one unit is not reserved: whose budget it is of is what it asks. */
  async function openMailbox(accessToken: string, secrets: readonly string[]): Promise<OpenedMailbox> {
    const profile = await attempt("profile", [...secrets, accessToken], () =>
      readProfile(google.gmail, google.callOptions(accessToken, undefined), isEmulator),
    );
    if (profile.ok) return { kind: "opened", email: profile.value.email };
    const { fault } = profile;
    return fault.category === "consent_lost"
      ? { kind: "refused", why: "mailbox_refused" }
      : { kind: "failed", fault };
  }

  async function exchange({ code, verifier, redirectUri }: Redemption): Promise<ExchangedTokens> {
    const client = createOAuthClient(options, transport);
    const askedAtMs = Date.now();
    const answer: unknown = await client.getToken({
      code,
      codeVerifier: verifier,
      redirect_uri: redirectUri,
    });
    const tokens = isRecord(answer) && isRecord(answer.tokens) ? answer.tokens : {};
    const accessToken = textAt(tokens, "access_token");
    if (accessToken === null) throw new EmptyTokenAnswerError("No access token.");
    const refreshToken = textAt(tokens, "refresh_token");
    const consentEndsAt = consentEndOf(tokens, askedAtMs);
    return { accessToken, refreshToken, scope: textAt(tokens, "scope") ?? "", consentEndsAt };
  }
}

type OpenedMailbox =
  | { readonly kind: "opened"; readonly email: string | null }
  | { readonly kind: "refused"; readonly why: "mailbox_refused" }
  | { readonly kind: "failed"; readonly fault: ProviderFault };

interface ExchangedTokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** Separated by spaces. */
  readonly scope: string;
  readonly consentEndsAt: Date | null;
}

type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: ProviderFault };

async function attempt<T>(
  where: FaultObservation["where"],
  secrets: readonly string[],
  call: () => Promise<T>,
): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await call() };
  } catch (error) {
    const seen =
      error instanceof MalformedAnswerError
        ? { where, status: 200, isMalformed: true, message: error.message }
        : observeThrown(where, error);
    return { ok: false, fault: classifyGmailFault({ ...seen, nowMs: Date.now(), secrets }) };
  }
}

const refused = (why: (ConsentResult & { kind: "refused" })["why"]): ConsentResult => ({
  kind: "refused",
  why,
});

function isAllowed(scope: string, access: Access): boolean {
  const allowed = new Set(scope.split(" "));
  return scopes[access].some((one) => allowed.has(one));
}

/** Whatever a provider calls an address, we store it as text. */
function isAddress(email: string): boolean {
  return email.length <= emailCharsMax && email.isWellFormed() && /^[^\s@\0]+@[^\s@\0]+$/.test(email);
}
