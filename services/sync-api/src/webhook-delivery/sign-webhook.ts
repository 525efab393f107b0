import { Webhook } from "standardwebhooks";

/** What is signed, and with what: after a rotation with the secret before as well. */
export interface Signed {
  readonly id: string;
  readonly body: string;
  /** `whsec_…`, the newest first. */
  readonly secrets: readonly string[];
}

/** The headers of Standard Webhooks (https://www.standardwebhooks.com): id, time of the attempt, signatures. */
export function signWebhook({ id, body, secrets }: Signed, at: Date): Record<string, string> {
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(" "),
  };
}
