import type { gmail_v1 } from "@googleapis/gmail";
import type { MailLabel } from "../mail-provider.ts";
import { MalformedAnswerError } from "./ask-gmail.ts";
import type { GmailCallOptions } from "./google-clients.ts";
import { arrayAt, isRecord, recordAt, textAt } from "./json-access.ts";

/**
 * A mailbox's labels, Gmail's own and the user's
 * (https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.labels/list).
 *
 * @throws MalformedAnswerError when the answer is no list of labels; what Google's client throws
 */
export async function listLabels(
  client: gmail_v1.Gmail,
  { auth, ...options }: GmailCallOptions,
): Promise<MailLabel[]> {
  const { data } = await client.users.labels.list({ userId: "me", auth }, options);
  return readLabels(data);
}

export function readLabels(data: unknown): MailLabel[] {
  const labels = isRecord(data) ? arrayAt(data, "labels").map(readLabel) : [];
  // Every mailbox has Gmail's own labels; without them its messages would seem to bear none.
  if (labels.length === 0) throw new MalformedAnswerError("The list of labels is cut short or empty.");
  return labels;
}

function readLabel(data: unknown): MailLabel {
  const id = isRecord(data) ? textAt(data, "id") : null;
  if (!isRecord(data) || id === null || id === "") throw new MalformedAnswerError("A label has no id.");
  const color = recordAt(data, "color") ?? {};
  return {
    id,
    name: textAt(data, "name") || id,
    type: textAt(data, "type") === "user" ? "user" : "system",
    textColor: textAt(color, "textColor") || null,
    backgroundColor: textAt(color, "backgroundColor") || null,
  };
}
