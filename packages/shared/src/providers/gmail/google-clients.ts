import { gmail, type gmail_v1 } from "@googleapis/gmail";
import type { OAuth2Client } from "google-auth-library";
import type { IssuedToken } from "../decide-token-step.ts";
import { consentEndOf } from "./consent-end.ts";
import { createOAuthClient, EmptyTokenAnswerError, type OAuthOptions } from "./create-oauth-client.ts";
import type { ResolvedGmailOptions } from "./gmail-options.ts";
import type { HttpTransport } from "./http-transport.ts";

export interface GoogleClients {
  readonly gmail: gmail_v1.Gmail;
  /** What every call of the Gmail client is given: whom it speaks for, how long it waits. */
  callOptions(accessToken: string, signal: AbortSignal | undefined): GmailCallOptions;
  /** Asks the token endpoint. Rejects with the client's error: read it, never log it, it holds what was sent. */
  refresh(refreshToken: string): Promise<IssuedToken>;
  /** Asks the revocation endpoint. Rejects as `refresh` does. */
  revoke(refreshToken: string, signal: AbortSignal | undefined): Promise<void>;
}

export interface GmailCallOptions {
  readonly auth: OAuth2Client;
  readonly timeout: number;
  readonly retry: false;
  readonly signal?: AbortSignal;
}

/**
 * How long a refresh can take at most: what waits for it holds claims of work, which last 30 s. The token endpoint
 * usually answers within a second.
 */
export const refreshMsMax = 10_000;

/** An access token whose lifetime the endpoint does not name is used for this long. */
const lifetimeMsDefault = 5 * 60_000;

/** Google's own clients, as `createOAuthClient` tames them. */
export function createGoogleClients(
  options: OAuthOptions & Pick<ResolvedGmailOptions, "rootUrl">,
  transport: HttpTransport,
): GoogleClients {
  const newClient = (timeoutMs?: number) => createOAuthClient(options, transport, timeoutMs);
  return {
    gmail: gmail({ version: "v1", rootUrl: options.rootUrl }),
    callOptions(accessToken, signal) {
      const auth = newClient();
      // Without a refresh token the client sends the access token as it is and leaves 401 to us.
      auth.setCredentials({ access_token: accessToken });
      return {
        auth,
        timeout: transport.requestTimeoutMs,
        retry: false,
        ...(signal === undefined ? {} : { signal }),
      };
    },
    async refresh(refreshToken) {
      const client = newClient(Math.min(transport.requestTimeoutMs, refreshMsMax));
      client.setCredentials({ refresh_token: refreshToken });
      const askedAtMs = Date.now();
      const { credentials } = await client.refreshAccessToken();
      const { access_token: accessToken, expiry_date: expiresAt } = credentials;
      if (typeof accessToken !== "string" || accessToken === "")
        throw new EmptyTokenAnswerError("No access token.");
      const expiresInMs = Number.isFinite(expiresAt) ? Number(expiresAt) - Date.now() : lifetimeMsDefault;
      return { accessToken, expiresInMs, consentEndsAt: consentEndOf(credentials, askedAtMs) };
    },
    async revoke(refreshToken, signal) {
      if (options.revokeUrl === undefined) throw new Error("This client gives no grants back");
      const timeout = Math.min(transport.requestTimeoutMs, refreshMsMax);
      await newClient(timeout).transporter.request({
        url: options.revokeUrl,
        method: "POST",
        // In the body, as RFC 7009 has it; the client's own method puts it into the address, which others may log.
        data: new URLSearchParams({ token: refreshToken }),
        ...(signal === undefined ? {} : { signal }),
      });
    },
  };
}
