import { z } from "zod";
import { plainText } from "../resources/plain-text.ts";

/** A Pub/Sub push request (https://cloud.google.com/pubsub/docs/push#receive_push). What else it holds is passed over. */
export const pushBodySchema = z
  .looseObject({
    message: z.looseObject({
      data: plainText(1, 8_192).describe("Base64 of {emailAddress, historyId}"),
      messageId: plainText(1, 256).describe("The same one again is a redelivery"),
    }),
    subscription: plainText(1, 1_024),
  })
  .meta({ id: "PushRequest", description: "A push request of a Pub/Sub subscription" });
export type PushBody = z.output<typeof pushBodySchema>;

/** Something has changed in a mailbox. */
export interface Notification {
  readonly email: string;
  /** The mailbox's watermark when it was told. */
  readonly watermark: string;
  readonly messageId: string;
}

const dataSchema = z.object({
  emailAddress: plainText(3, 320),
  historyId: z.union([z.string(), z.number()]),
});

/**
 * Reads what Gmail says in a push request
 * (https://developers.google.com/workspace/gmail/api/guides/push#receive_notifications).
 *
 * @returns null when it cannot be understood
 */
export function readNotification({ message }: PushBody): Notification | null {
  const text = Buffer.from(message.data, "base64").toString("utf8"); // takes base64url as well
  const parsed = dataSchema.safeParse(parseJson(text));
  // As text: a number of 64 bits would lose its last digits.
  const watermark = /"historyId"\s*:\s*"?(\d{1,200})"?\s*[,}]/.exec(text)?.[1];
  if (!parsed.success || watermark === undefined) return null;
  return { email: parsed.data.emailAddress, watermark, messageId: message.messageId };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
