import type { MessageEnvelope } from "../compose-message.ts";
import type { MailMessage } from "../mail-message.ts";

/** For tests: an envelope for messages whose envelope does not matter. */
export const testEnvelope: MessageEnvelope = {
  id: "18c0ffee00000001",
  threadId: "18c0ffee00000001",
  historyId: "12345678901234567890",
  labelIds: ["INBOX"],
  hiddenAs: null,
  receivedAt: new Date("2024-01-01T10:00:00Z"),
  sizeBytes: 100,
  snippet: "snippet",
};

/** For tests: the paths of all strings and dates of a message that Postgres would refuse. Empty when storable. */
export function findUnstorable(message: MailMessage): string[] {
  const paths: string[] = [];
  const walk = (value: unknown, path: string) => {
    if (typeof value === "string") {
      if (!value.isWellFormed() || value.includes("\0")) paths.push(path);
    } else if (value instanceof Date) {
      const year = value.getUTCFullYear();
      if (!(year >= 1970 && year <= 9999)) paths.push(path);
    } else if (value !== null && typeof value === "object" && !(value instanceof Uint8Array)) {
      for (const [key, child] of Object.entries(value)) walk(child, `${path}.${key}`);
    }
  };
  walk(message, "message");
  return paths;
}
