import type { ProviderFault } from "@millrace/shared/providers/mail-provider";
import { ApiProblem } from "../http/problem.ts";

const retrySecondsDefault = 5;

/** What to tell a client of a fault of the provider. Its words are the provider's, without secrets. */
export function problemOfFault(fault: ProviderFault, nowMs: number): ApiProblem {
  switch (fault.category) {
    case "gone":
      return new ApiProblem("attachment_gone", `The provider has it no more: ${fault.message}`);
    case "consent_lost":
      return new ApiProblem(
        "reauth_required",
        "The provider refuses the mailbox. POST /v1/accounts/:id/credentials connects it again.",
      );
    case "rate_limited":
    case "transient":
    case "token_expired":
      return new ApiProblem("provider_unavailable", "The provider does not give it now. Try again shortly.", {
        headers: { "retry-after": String(secondsUntil(fault.retryAtMs, nowMs)) },
      });
    default:
      return new ApiProblem("provider_failed", `The provider's answer is of no use: ${fault.message}`);
  }
}

const secondsUntil = (atMs: number | undefined, nowMs: number): number =>
  atMs === undefined ? retrySecondsDefault : Math.max(1, Math.ceil((atMs - nowMs) / 1_000));
