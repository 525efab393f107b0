import type { gmail_v1 } from "@googleapis/gmail";
import type { ListChangesRequest, ListedChanges, MessageChange } from "../mail-provider.ts";
import { MalformedAnswerError } from "./ask-gmail.ts";
import type { GmailCallOptions } from "./google-clients.ts";
import { hiddenAs } from "./hiding-labels.ts";
import { arrayAt, idAt, isRecord, type JsonRecord, recordAt, textAt } from "./json-access.ts";

/** https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.history/list */
const recordsMax = 500;

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

const fields = ["messagesAdded", "labelsAdded", "labelsRemoved", "messagesDeleted"] as const;
type Field = (typeof fields)[number];

/** A record has one kind of change as a rule. Where it has several, a deletion is the last of them. */
function changesOf(record: JsonRecord): MessageChange[] {
  const at = idAt(record, "id") ?? "";
  return fields.flatMap((field) =>
    arrayAt(record, field)
      .filter(isRecord)
      .map((entry) => changeOf(at, field, entry)),
  );
}

function changeOf(at: string, field: Field, entry: JsonRecord): MessageChange {
  const message = recordAt(entry, "message") ?? {};
  const id = textAt(message, "id");
  // A change whose message is not named cannot be left out: somebody relies on having seen them all.
  if (id === null || id === "") throw new MalformedAnswerError("A change names no message.");
  const moved = textsAt(entry, "labelIds");
  const after = textsAt(message, "labelIds");
  const added = field === "labelsAdded" ? moved : [];
  const removed = field === "labelsRemoved" ? moved : [];
  const change = { id, at, added, removed };
  if (field === "messagesDeleted") return { ...change, kind: "vanished", hiddenAs: null };
  const hidden = hiddenAs([...after, ...added]);
  if (hidden !== null) return { ...change, kind: "hidden", hiddenAs: hidden };
  const appears = field === "messagesAdded" || hiddenAs(removed) !== null;
  return { ...change, kind: appears ? "appeared" : "relabelled", hiddenAs: null };
}

const textsAt = (record: JsonRecord, name: string): string[] =>
  arrayAt(record, name).filter((value) => typeof value === "string");
