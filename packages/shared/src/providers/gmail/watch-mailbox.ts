import type { gmail_v1 } from "@googleapis/gmail";
import type { MailboxWatch } from "../mail-provider.ts";
import { MalformedAnswerError } from "./ask-gmail.ts";
import type { GmailCallOptions } from "./google-clients.ts";
import { idAt, isRecord } from "./json-access.ts";

/**
 * Has Gmail publish this mailbox's changes on the topic, for seven days
 * (https://developers.google.com/workspace/gmail/api/reference/rest/v1/users/watch). Without labels: deletions and
 * relabelling anywhere are changes as well. A project has one topic a mailbox: when it was another one before, Gmail
 * refuses until the older watch is stopped.
 *
 * @throws MalformedAnswerError; what Google's client throws
 */
export async function watchMailbox(
  client: gmail_v1.Gmail,
  topicName: string,
  callOptions: GmailCallOptions,
): Promise<MailboxWatch> {
  try {
    return await setWatch(client, topicName, callOptions);
  } catch (error) {
    if (!hasOtherTopic(error)) throw error;
    await stopWatch(client, callOptions);
    return await setWatch(client, topicName, callOptions);
  }
}

/** https://developers.google.com/workspace/gmail/api/reference/rest/v1/users/stop */
export async function stopWatch(
  client: gmail_v1.Gmail,
  { auth, ...options }: GmailCallOptions,
): Promise<null> {
  await client.users.stop({ userId: "me", auth }, options);
  return null;
}

async function setWatch(
  client: gmail_v1.Gmail,
  topicName: string,
  { auth, ...options }: GmailCallOptions,
): Promise<MailboxWatch> {
  const { data } = await client.users.watch({ userId: "me", auth, requestBody: { topicName } }, options);
  return readWatch(data);
}

function readWatch(data: unknown): MailboxWatch {
  const watermark = isRecord(data) ? idAt(data, "historyId") : null;
  const expiresAt = isRecord(data) ? idAt(data, "expiration") : null;
  const expiresAtMs = Number(expiresAt);
  if (watermark === null || expiresAt === null || !Number.isSafeInteger(expiresAtMs))
    throw new MalformedAnswerError("The answer does not say until when the mailbox is watched.");
  return { watermark, expiresAtMs };
}

/** "Only one user push notification client allowed per developer (call /stop then try again)" */
const hasOtherTopic = (error: unknown): boolean =>
  isRecord(error) && /only one user push notification client/i.test(String(error.message));
