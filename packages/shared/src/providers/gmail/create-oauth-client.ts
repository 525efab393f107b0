import { OAuth2Client } from "google-auth-library";
import { markFailed } from "../../telemetry/with-span.ts";
import type { ResolvedGmailOptions } from "./gmail-options.ts";
import type { HttpTransport } from "./http-transport.ts";
import { isRecord } from "./json-access.ts";
import { beginExchange, noteStatus } from "./trace-http.ts";

/** The token endpoint said yes and gave nothing. */
export class EmptyTokenAnswerError extends Error {
  readonly code = "EMPTY_TOKEN_ANSWER";
}

export type OAuthOptions = Pick<ResolvedGmailOptions, "clientId" | "clientSecret" | "tokenUrl"> & {
  /** Only of a client that sends people to the consent page. */
  readonly authUrl?: string;
  /** Only of a client that gives grants back. */
  readonly revokeUrl?: string;
};

/**
 * Google's OAuth client, with its surprises switched off: no retries of its own (they would be hidden calls that
 * nobody budgeted, and an exchanged code is spent), a timeout, our connections, and no request interceptors of its own
 * (they would write tokens to a debug log that an environment variable turns on). Its methods that ask for tokens reject
 * with `EmptyTokenAnswerError` when the answer is a success and no JSON object (a proxy's page, say).
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
  // The client writes into the answer that it takes for tokens, which throws a TypeError when it is a text.
  client.transporter.interceptors.response.add({
    resolved: async (answer) => {
      if (String(answer.config.url) === options.tokenUrl && !isRecord(answer.data))
        throw new EmptyTokenAnswerError("The token endpoint's answer is no JSON object.");
      return answer;
    },
  });
  traceRequests(client.transporter, options.tokenUrl);
  return client;
}

/** Every call of Google's clients comes by here. */
function traceRequests(transporter: OAuth2Client["transporter"], urlDefault: string): void {
  const ask = transporter.request.bind(transporter);
  transporter.request = async <T>(...[config]: Parameters<typeof ask>) => {
    const span = beginExchange((config?.method ?? "GET").toUpperCase(), config?.url ?? urlDefault);
    try {
      const answer = await ask<T>(config);
      noteStatus(span, answer.status);
      return answer;
    } catch (error) {
      markFailed(span, error);
      const { response } = error as { readonly response?: { readonly status?: unknown } };
      if (typeof response?.status === "number") noteStatus(span, response.status);
      throw error;
    } finally {
      span.end();
    }
  };
}
