import type { gmail_v1 } from "@googleapis/gmail";
import type { MailboxProfile } from "../mail-provider.ts";
import { MalformedAnswerError } from "./ask-gmail.ts";
import type { GmailCallOptions } from "./google-clients.ts";
import { arrayAt, countAt, idAt, isRecord, type JsonRecord, recordAt, textAt } from "./json-access.ts";
import { lackingStatuses } from "./lacking-statuses.ts";

/** The watermark of a mailbox that has neither history nor messages. */
const watermarkOfNothing = "1";

/**
 * The mailbox's address, size and watermark
 * (https://developers.google.com/workspace/gmail/api/reference/rest/v1/users/getProfile).
 *
 * @param isEmulator the server may lack the call: nothing but the watermark is known then
 * @throws MalformedAnswerError when the answer is not a profile; what Google's client throws
 */
export async function readProfile(
  client: gmail_v1.Gmail,
  { auth, ...options }: GmailCallOptions,
  isEmulator: boolean,
): Promise<MailboxProfile> {
  let profile: JsonRecord;
  try {
    profile = asRecord((await client.users.getProfile({ userId: "me", auth }, options)).data);
  } catch (error) {
    if (!isEmulator || !lackingStatuses.has(statusOf(error))) throw error;
    return { email: null, watermark: await findWatermark(client, { auth, ...options }), messagesTotal: null };
  }
  const email = textAt(profile, "emailAddress");
  if (email === null) throw new MalformedAnswerError("The profile has no address.");
  return {
    email,
    watermark: idAt(profile, "historyId") ?? (await findWatermark(client, { auth, ...options })),
    messagesTotal: countAt(profile, "messagesTotal"),
  };
}

/**
 * The watermark where no profile says it: the history since the newest message ends there. When there is no such
 * history, that message's own place stands in for it: it was given before anything that comes later.
 */
async function findWatermark(
  client: gmail_v1.Gmail,
  { auth, ...options }: GmailCallOptions,
): Promise<string> {
  const listed = await client.users.messages.list({ userId: "me", auth, maxResults: 1 }, options);
  const newest = arrayAt(asRecord(listed.data), "messages")[0];
  const id = isRecord(newest) ? textAt(newest, "id") : null;
  const startHistoryId = id === null ? watermarkOfNothing : await historyIdOf(id);
  try {
    const request = { userId: "me", auth, startHistoryId, maxResults: 1 };
    const history = asRecord((await client.users.history.list(request, options)).data);
    return idAt(history, "historyId") ?? startHistoryId;
  } catch (error) {
    if (!lackingStatuses.has(statusOf(error))) throw error;
    return startHistoryId;
  }

  async function historyIdOf(messageId: string): Promise<string> {
    const request = { userId: "me", auth, id: messageId, format: "minimal" };
    const message = await client.users.messages.get(request, options);
    const historyId = idAt(asRecord(message.data), "historyId");
    if (historyId === null) throw new MalformedAnswerError("Neither profile nor message has a historyId.");
    return historyId;
  }
}

const statusOf = (error: unknown): unknown =>
  isRecord(error) ? recordAt(error, "response")?.status : undefined;

function asRecord(data: unknown): JsonRecord {
  if (!isRecord(data)) throw new MalformedAnswerError("The answer is cut short, empty or no JSON.");
  return data;
}
