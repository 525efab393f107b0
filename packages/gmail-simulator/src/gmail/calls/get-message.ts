import { type Answer, badRequest, jsonAnswer, jsonAnswerWithContent, notFound } from "../answer.ts";
import { writeAttachmentId } from "../attachment-id.ts";
import type { GmailCall } from "../gmail-call.ts";
import { type MessageFormat, renderMessage } from "../message-resource.ts";
import { readList } from "../query-parameters.ts";

/** https://developers.google.com/gmail/api/reference/rest/v1/users.messages/get */
export async function getMessage({ mailbox, ids, query, state }: GmailCall): Promise<Answer> {
  const id = ids[0] ?? "";
  const format = (query.get("format") ?? "full").toLowerCase();
  if (!isFormat(format)) return badRequest(`Invalid value at 'format': "${format}"`);
  if (!/^[0-9a-f]{1,16}$/i.test(id)) return badRequest("Invalid id value");
  const slot = mailbox.slotOf(id.toLowerCase());
  if (slot === null) return notFound();
  const bytes = await mailbox.read(slot);
  const noise = state.random.next();
  const envelope = {
    id: mailbox.idOf(slot),
    threadId: mailbox.threadIdOf(slot),
    labelIds: mailbox.labelIdsOf(slot),
    historyId: String(mailbox.historyIdOf(slot)),
    internalDateMs: mailbox.dateMsOf(slot),
  };
  const resource = renderMessage(envelope, bytes, {
    format,
    metadataHeaders: readList(query, "metadataHeaders"),
    inlineTextBytesMax: state.inlineTextBytesMax,
    attachmentIdOf: (partId) => writeAttachmentId(envelope.id, partId, noise),
  });
  return format === "raw" ? jsonAnswerWithContent(resource, "raw", bytes) : jsonAnswer(resource);
}

function isFormat(text: string): text is MessageFormat {
  return text === "full" || text === "raw" || text === "metadata" || text === "minimal";
}
