import type { gmail_v1 } from "@googleapis/gmail";
import type { ListedPage, ListPageRequest } from "../mail-provider.ts";
import { MalformedAnswerError } from "./ask-gmail.ts";
import type { GmailCallOptions } from "./google-clients.ts";
import { arrayAt, countAt, isRecord, textAt } from "./json-access.ts";

/** https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/list */
const idsMaxOfGmail = 500;

/**
 * One page of a mailbox's message ids, newest first; spam and trash are left out, as Gmail does by default, unless
 * they are asked for.
 *
 * @throws MalformedAnswerError when the answer is not a page; what Google's client throws
 */
export async function listPage(
  client: gmail_v1.Gmail,
  request: ListPageRequest,
  { auth, ...options }: GmailCallOptions,
): Promise<ListedPage> {
  const { query, labelIds, pageToken } = request;
  const { data } = await client.users.messages.list(
    {
      userId: "me",
      auth,
      maxResults: Math.min(request.idsMax, idsMaxOfGmail),
      ...(query === undefined ? {} : { q: query }),
      ...(labelIds === undefined ? {} : { labelIds: [...labelIds] }),
      ...(pageToken === undefined ? {} : { pageToken }),
      ...(request.withHidden === true ? { includeSpamTrash: true } : {}),
    },
    options,
  );
  return readPage(data);
}

function readPage(data: unknown): ListedPage {
  if (!isRecord(data)) throw new MalformedAnswerError("The listing is cut short, empty or no JSON.");
  const ids = arrayAt(data, "messages").map((entry) => (isRecord(entry) ? textAt(entry, "id") : null));
  // An entry without an id cannot be left out: the ledger would balance without the message.
  if (!ids.every((id) => id !== null && id !== ""))
    throw new MalformedAnswerError("A listed message has no id.");
  return {
    ids: ids as string[],
    nextPageToken: textAt(data, "nextPageToken") || null,
    estimatedTotal: countAt(data, "resultSizeEstimate"),
  };
}
