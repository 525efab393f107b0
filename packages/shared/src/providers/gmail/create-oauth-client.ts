import { OAuth2Client } from "google-auth-library";
import type { ResolvedGmailOptions } from "./gmail-options.ts";
import type { HttpTransport } from "./http-transport.ts";

export type OAuthOptions = Pick<ResolvedGmailOptions, "clientId" | "clientSecret" | "tokenUrl"> & {
  /** Only of a client that sends people to the consent page. */
  readonly authUrl?: string;
  /** Only of a client that gives grants back. */
  readonly revokeUrl?: string;
};

/**
 * Google's OAuth client, with its surprises switched off: no retries of its own (they would be hidden calls that
 * nobody budgeted, and an exchanged code is spent), a timeout, our connections, and no request interceptors of its own
 * (they would write tokens to a debug log that an environment variable turns on).
 */
export function createOAuthClient(
  options: OAuthOptions,
  transport: HttpTransport,
  timeoutMs = transport.requestTimeoutMs,
): OAuth2Client {
  const client = new OAuth2Client({
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    endpoints: {
      oauth2TokenUrl: options.tokenUrl,
      ...(options.authUrl === undefined ? {} : { oauth2AuthBaseUrl: options.authUrl }),
    },
    useAuthRequestParameters: false,
    transporterOptions: { agent: transport.agentFor, timeout: timeoutMs, retry: false },
  });
  // The OAuth client asks for retries with each request; only an interceptor comes after that.
  client.transporter.interceptors.request.add({
    resolved: async (config) => {
      config.retry = false;
      delete config.retryConfig;
      return config;
    },
  });
  return client;
}
