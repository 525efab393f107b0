import { type Answer, errorAnswer, notFound, unauthenticated } from "../gmail/answer.ts";
import type { FaultEffect } from "./fault-rule.ts";

/** The answer that an effect puts in place of the real one; null when the real one is made. */
export function faultAnswer(effect: FaultEffect, isTokenEndpoint: boolean, nowMs: number): Answer | null {
  switch (effect.kind) {
    case "status":
      return isTokenEndpoint ? oauthErrorAnswer(effect) : statusAnswer(effect, nowMs);
    case "expiredToken":
      return isTokenEndpoint ? oauthErrorAnswer({ status: 400 }) : unauthenticated();
    case "expiredHistory":
      return notFound();
    case "malformedJson":
      return { status: 200, body: '{"id": "19b', headers: {} };
    case "empty200":
    case "dropPart":
      return { status: 200, body: "" };
    default:
      return null;
  }
}

type StatusEffect = Extract<FaultEffect, { kind: "status" }>;

function statusAnswer(effect: StatusEffect, nowMs: number): Answer {
  const usual = USUAL[effect.status] ?? {
    reason: "backendError",
    message: "Backend Error",
    domain: "global",
  };
  const retry =
    effect.retryAfterMs ?? (effect.status === 403 && effect.reason === undefined ? 1_000 : undefined);
  const said = effect.message ?? usual.message;
  const header = effect.retryAfterHeaderSeconds;
  return errorAnswer({
    status: effect.status,
    reason: effect.reason ?? usual.reason,
    domain: effect.domain ?? usual.domain,
    message: retry === undefined ? said : `${said}  Retry after ${new Date(nowMs + retry).toISOString()}`,
    ...(header === undefined ? {} : { headers: { "retry-after": String(header) } }),
  });
}

/** https://datatracker.ietf.org/doc/html/rfc6749#section-5.2 */
function oauthErrorAnswer(effect: {
  status: number;
  reason?: string | undefined;
  message?: string | undefined;
}): Answer {
  const known = effect.status < 500;
  const body = {
    error: effect.reason ?? (known ? "invalid_grant" : "internal_failure"),
    error_description: effect.message ?? (known ? "Token has been expired or revoked." : "Backend error"),
  };
  return { status: effect.status, body: JSON.stringify(body) };
}

/** What Gmail says with a status when nothing else is asked for. */
const USUAL: Readonly<Record<number, { reason: string; message: string; domain: string }>> = {
  400: { reason: "failedPrecondition", message: "Precondition check failed.", domain: "global" },
  401: { reason: "authError", message: "Invalid Credentials", domain: "global" },
  403: { reason: "userRateLimitExceeded", message: "User-rate limit exceeded.", domain: "usageLimits" },
  404: { reason: "notFound", message: "Requested entity was not found.", domain: "global" },
  429: { reason: "rateLimitExceeded", message: "Too many concurrent requests for user", domain: "global" },
  500: { reason: "backendError", message: "Internal error encountered.", domain: "global" },
  503: { reason: "backendError", message: "The service is currently unavailable.", domain: "global" },
};
