import type { gmail_v1 } from "@googleapis/gmail";
import { MalformedAnswerError } from "./ask-gmail.ts";
import type { GmailCallOptions } from "./google-clients.ts";
import { arrayAt, isRecord, textAt } from "./json-access.ts";

/**
 * The ids of a mailbox's labels, Gmail's own and the user's
 * (https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.labels/list).
 *
 * @throws MalformedAnswerError when the answer is no list of labels; what Google's client throws
 */
export async function listLabels(
  client: gmail_v1.Gmail,
  { auth, ...options }: GmailCallOptions,
): Promise<string[]> {
  const { data } = await client.users.labels.list({ userId: "me", auth }, options);
  const labels = isRecord(data) ? arrayAt(data, "labels") : [];
  const ids = labels.map((label) => (isRecord(label) ? textAt(label, "id") : null));
  // Every mailbox has Gmail's own labels; without them its messages would seem to bear none.
  if (ids.length === 0 || !ids.every((id) => id !== null && id !== ""))
    throw new MalformedAnswerError("The list of labels is cut short or empty.");
  return ids as string[];
}
