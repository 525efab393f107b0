import { backoffMs } from "@millrace/shared/runtime/backoff";
import type { WebhookAnswer } from "./webhook-answer.ts";
import type { WebhookPolicy } from "./webhook-policy.ts";

/** What is known of a message before the attempt. */
export interface DeliverySoFar {
  /** Earlier attempts, none of which it was taken in. */
  readonly attempts: number;
  /** Since it was queued. */
  readonly ageMs: number;
}

export interface DeliveryVerdict {
  readonly state: "pending" | "delivered" | "exhausted";
  /** Until the next attempt; null: there is none. */
  readonly delayMs: number | null;
}

/** From what came of an attempt to what becomes of its message. Pure; chance comes as a value. */
export function decideDelivery(
  answer: WebhookAnswer,
  { attempts, ageMs }: DeliverySoFar,
  random: number,
  { retry, giveUpMs }: WebhookPolicy,
): DeliveryVerdict {
  if (answer.kind === "taken") return { state: "delivered", delayMs: null };
  if (answer.kind === "gone") return { state: "exhausted", delayMs: null };
  // Whoever asks for patience gets it, and cannot park messages for ever.
  const askedMs = Math.min(answer.retryAfterMs ?? 0, retry.capMs);
  const delayMs = Math.max(backoffMs(attempts + 1, random, retry), askedMs);
  return ageMs + delayMs > giveUpMs ? { state: "exhausted", delayMs: null } : { state: "pending", delayMs };
}
