import { gmail, type gmail_v1 } from "@googleapis/gmail";
import { OAuth2Client } from "google-auth-library";
import type { GmailSimulator } from "../start-gmail-simulator.ts";

/**
 * The real Google client, pointed at a simulator, without its own retries. With `forceRefreshOnFailure` it gets
 * a new access token and asks again after a 401, and after a 403 too.
 */
export function connectGoogleClient(
  simulator: GmailSimulator,
  email: string,
  forceRefreshOnFailure = false,
): { api: gmail_v1.Gmail; auth: OAuth2Client } {
  const auth = new OAuth2Client({
    clientId: "client",
    clientSecret: "secret",
    forceRefreshOnFailure,
    endpoints: { oauth2TokenUrl: simulator.tokenUrl, oauth2RevokeUrl: `${simulator.url}/revoke` },
  });
  auth.setCredentials({ refresh_token: `sim-refresh-${email}` });
  return { api: gmail({ version: "v1", auth, rootUrl: simulator.rootUrl, retry: false }), auth };
}

/** What the Google client throws for an answer that is no 2xx. */
export interface GoogleFailure {
  readonly status: number;
  readonly body: unknown;
}

/** The failure of a call that must fail; throws when it succeeds. */
export async function failureOf(call: Promise<unknown>): Promise<GoogleFailure> {
  try {
    await call;
  } catch (error) {
    const { response } = error as { response?: { status: number; data: unknown } };
    if (response === undefined) throw error;
    return { status: response.status, body: response.data };
  }
  throw new Error("the call succeeded but had to fail");
}
