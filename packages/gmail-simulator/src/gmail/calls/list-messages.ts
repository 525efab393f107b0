import { listPage } from "../../mailbox/list-page.ts";
import { type Answer, badRequest, jsonAnswer } from "../answer.ts";
import type { GmailCall } from "../gmail-call.ts";
import { readPageToken, writePageToken } from "../page-token.ts";
import { readFlag, readList, readMaxResults } from "../query-parameters.ts";

/** https://developers.google.com/gmail/api/reference/rest/v1/users.messages/list */
export async function listMessages({ mailbox, query, state }: GmailCall): Promise<Answer> {
  const q = query.get("q") ?? "";
  const labelIds = readList(query, "labelIds");
  const includeSpamTrash = readFlag(query, "includeSpamTrash");
  const unknown = labelIds.find((id) => mailbox.labels.find(id) === null);
  if (unknown !== undefined) return badRequest(`Invalid label: ${unknown}`);
  const scope = JSON.stringify(["messages", mailbox.email, q, [...labelIds].sort(), includeSpamTrash]);
  const token = query.get("pageToken") ?? "";
  const beforeSlot = token === "" ? Number.POSITIVE_INFINITY : readPageToken(token, scope);
  if (beforeSlot === null) return badRequest("Invalid pageToken");
  const page = await listPage(mailbox, {
    q,
    labelIds,
    includeSpamTrash,
    resultsMax: readMaxResults(query, 100, 500),
    beforeSlot,
    nowMs: state.now(),
  });
  return jsonAnswer({
    ...(page.slots.length === 0
      ? {}
      : {
          messages: page.slots.map((slot) => ({
            id: mailbox.idOf(slot),
            threadId: mailbox.threadIdOf(slot),
          })),
        }),
    ...(page.nextBeforeSlot === null ? {} : { nextPageToken: writePageToken(page.nextBeforeSlot, scope) }),
    resultSizeEstimate: page.estimate,
  });
}
