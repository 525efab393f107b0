import type { gmail_v1 } from "@googleapis/gmail";
import type { ListChangesRequest, ListedChanges, MessageChange } from "../mail-provider.ts";
import { MalformedAnswerError } from "./ask-gmail.ts";
import type { GmailCallOptions } from "./google-clients.ts";
import { arrayAt, idAt, isRecord, type JsonRecord, recordAt, textAt } from "./json-access.ts";

/** https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.history/list */
const recordsMax = 500;
/** Messages that bear one of these are left out of a listing. */
const hidingLabels: ReadonlySet<unknown> = new Set(["SPAM", "TRASH"]);

/**
 * One page of a mailbox's history, oldest first.
 *
 * @throws MalformedAnswerError when the answer is no history; what Google's client throws
 */
export async function listChanges(
  client: gmail_v1.Gmail,
  { since, pageToken }: ListChangesRequest,
  { auth, ...options }: GmailCallOptions,
): Promise<ListedChanges> {
  const { data } = await client.users.history.list(
    {
      userId: "me",
      auth,
      startHistoryId: since,
      maxResults: recordsMax,
      ...(pageToken === undefined ? {} : { pageToken }),
    },
    options,
  );
  return readHistory(data);
}

export function readHistory(data: unknown): ListedChanges {
  const watermark = isRecord(data) ? idAt(data, "historyId") : null;
  if (!isRecord(data) || watermark === null) throw new MalformedAnswerError("The history is cut short.");
  return {
    changes: arrayAt(data, "history").filter(isRecord).flatMap(changesOf),
    nextPageToken: textAt(data, "nextPageToken") || null,
    watermark,
  };
}

const kinds = {
  messagesAdded: "appeared",
  messagesDeleted: "vanished",
  labelsAdded: "relabelled",
  labelsRemoved: "relabelled",
} as const satisfies Record<string, MessageChange["kind"]>;

function changesOf(record: JsonRecord): MessageChange[] {
  return Object.entries(kinds).flatMap(([field, kind]) =>
    arrayAt(record, field)
      .filter(isRecord)
      .flatMap((entry) => {
        const id = textAt(recordAt(entry, "message") ?? {}, "id");
        // A change whose message is not named cannot be left out: somebody relies on having seen them all.
        if (id === null || id === "") throw new MalformedAnswerError("A change names no message.");
        const comesOut =
          field === "labelsRemoved" && arrayAt(entry, "labelIds").some((label) => hidingLabels.has(label));
        return [{ id, kind }, ...(comesOut ? [{ id, kind: "appeared" as const }] : [])];
      }),
  );
}
