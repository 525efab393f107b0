import type { gmail_v1 } from "@googleapis/gmail";
import type { MailboxProfile } from "../mail-provider.ts";
import { MalformedAnswerError } from "./ask-gmail.ts";
import type { GmailCallOptions } from "./google-clients.ts";
import { arrayAt, countAt, idAt, isRecord, type JsonRecord, textAt } from "./json-access.ts";

/** The watermark of a mailbox that has neither history nor messages. */
const watermarkOfNothing = "1";

/**
 * The mailbox's address, size and watermark
 * (https://developers.google.com/workspace/gmail/api/reference/rest/v1/users/getProfile). Where a server leaves the
 * historyId out, the newest message's stands in for it: it was given before anything that comes later.
 *
 * @throws MalformedAnswerError when the answer is not a profile; what Google's client throws
 */
export async function readProfile(
  client: gmail_v1.Gmail,
  { auth, ...options }: GmailCallOptions,
): Promise<MailboxProfile> {
  const { data } = await client.users.getProfile({ userId: "me", auth }, options);
  const profile = asRecord(data);
  const email = textAt(profile, "emailAddress");
  if (email === null) throw new MalformedAnswerError("The profile has no address.");
  return {
    email,
    watermark: idAt(profile, "historyId") ?? (await newestHistoryId(client, { auth, ...options })),
    messagesTotal: countAt(profile, "messagesTotal"),
  };
}

async function newestHistoryId(
  client: gmail_v1.Gmail,
  { auth, ...options }: GmailCallOptions,
): Promise<string> {
  const listed = await client.users.messages.list({ userId: "me", auth, maxResults: 1 }, options);
  const newest = arrayAt(asRecord(listed.data), "messages")[0];
  const id = isRecord(newest) ? textAt(newest, "id") : null;
  if (id === null) return watermarkOfNothing;
  const message = await client.users.messages.get({ userId: "me", auth, id, format: "minimal" }, options);
  const historyId = idAt(asRecord(message.data), "historyId");
  if (historyId === null) throw new MalformedAnswerError("Neither profile nor message has a historyId.");
  return historyId;
}

function asRecord(data: unknown): JsonRecord {
  if (!isRecord(data)) throw new MalformedAnswerError("The answer is cut short, empty or no JSON.");
  return data;
}
