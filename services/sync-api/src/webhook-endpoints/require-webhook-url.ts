import { ApiProblem } from "../http/problem.ts";
import { checkWebhookUrl } from "../webhook-delivery/check-webhook-url.ts";
import type { WebhookRules } from "../webhook-delivery/webhook-rules.ts";

/**
 * @returns the URL as it is kept
 * @throws {ApiProblem} invalid_request; does not repeat the URL, which may hold a secret
 */
export function requireWebhookUrl(text: string, rules: WebhookRules): string {
  const checked = checkWebhookUrl(text, rules);
  if (checked.ok) return checked.url.href;
  const detail = checked.why;
  throw new ApiProblem("invalid_request", `body #/url: ${detail}`, {
    extras: { errors: [{ in: "body", pointer: "#/url", detail }] },
  });
}
