import type { Credentials } from "@millrace/shared/postgres/load-account";
import type { TokenRefusal } from "@millrace/shared/providers/consent-provider";
import type { FastifyBaseLogger } from "fastify";
import type { ApiPorts } from "../api.ts";
import { ApiProblem } from "../http/problem.ts";
import { isSetUpFault } from "../oauth/set-up-faults.ts";

const details: Readonly<Record<TokenRefusal, string>> = {
  token_refused:
    "It does not know the refresh token: it was revoked, has ended, is cut short, or was given to another OAuth client " +
    "than this installation's. Take a new one, or have the person connect the mailbox by a link.",
  mailbox_refused:
    "The refresh token opens no mailbox: the access does not allow to read mail, the person has no mailbox, or its " +
    "administrator does not allow it. Have the person connect it by a link.",
  other_mailbox: "The refresh token opens another mailbox than that of this address.",
};

/**
 * Asks the provider whether credentials open the mailbox of an address, before anything of them is stored.
 *
 * @returns when the consent ends; null: it has no end that the provider tells of
 * @throws {ApiProblem} credentials_refused, provider_failed when our own client is what it refuses, provider_unavailable
 */
export async function checkCredentials(
  { consent }: Pick<ApiPorts, "consent">,
  { refreshToken }: Credentials,
  email: string,
  log: FastifyBaseLogger,
): Promise<Date | null> {
  const trial = await consent.tryToken(refreshToken, email);
  if (trial.kind === "opens") return trial.consentEndsAt;
  if (trial.kind === "refused")
    throw new ApiProblem("credentials_refused", `${details[trial.why]} Nothing was stored.`, {
      extras: { why: trial.why },
    });
  const { category, reason, status, message } = trial.fault;
  log.warn({ event: "credentials.check_failed", category, reason, status }, message);
  if (isSetUpFault(reason))
    throw new ApiProblem(
      "provider_failed",
      "The provider refuses this installation's OAuth client. Its operator has to look: the log says what is wrong.",
    );
  throw new ApiProblem(
    "provider_unavailable",
    "The provider does not say whether it takes the credentials; nothing was stored. Try again shortly.",
    { headers: { "retry-after": "10" } },
  );
}
