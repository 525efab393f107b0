import type { DoctorEnv } from "./doctor-env.ts";
import { type Finding, fail, ok, skipped, warn } from "./finding.ts";

const check = "provider.token-endpoint";
const answerMsMax = 10_000;
/** No token: what the provider says of it shows whether it knows the client. */
const noToken = "millrace-doctor";

/** Whether the provider's token endpoint is there, and knows the OAuth client. */
export async function checkProvider(env: DoctorEnv): Promise<Finding> {
  const { GOOGLE_CLIENT_ID: clientId, GOOGLE_CLIENT_SECRET: clientSecret, GOOGLE_TOKEN_URL: url } = env;
  if (!clientId || !clientSecret)
    return skipped(
      check,
      "The provider was not asked",
      "Set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET (and GOOGLE_TOKEN_URL, where that is another) as the services have them.",
    );
  const { host } = new URL(url);
  try {
    const response = await fetch(url, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: noToken,
        client_id: clientId,
        client_secret: clientSecret,
      }),
      signal: AbortSignal.timeout(answerMsMax),
    });
    return judgeTokenAnswer(host, response.status, await errorIn(response));
  } catch (error) {
    return fail(
      check,
      `Nobody answers at ${host} (${reasonOf(error)})`,
      "Does this machine reach the internet? chunker and fetcher have to reach it.",
    );
  }
}

/** @param error the answer's error code of RFC 6749, section 5.2 */
export function judgeTokenAnswer(host: string, status: number, error: string | null): Finding {
  if (error === "invalid_client" || error === "unauthorized_client")
    return fail(
      check,
      `${host} does not know the OAuth client (${error})`,
      "Compare GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET with the Google Cloud console.",
    );
  if (error === "invalid_grant") return ok(check, `${host} answers, and knows the OAuth client`);
  if (status === 429 || status >= 500)
    return warn(
      check,
      `${host} answers ${status}`,
      "Try again in a moment; what waits for tokens goes on by itself.",
    );
  return warn(
    check,
    `${host} answers ${status}${error === null ? "" : ` ${error}`}`,
    "Is GOOGLE_TOKEN_URL right?",
  );
}

async function errorIn(response: Response): Promise<string | null> {
  try {
    const { error } = (await response.json()) as { error?: unknown };
    return typeof error === "string" ? error : null;
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return (error as NodeJS.ErrnoException).code?.toString() ?? error.message;
}
