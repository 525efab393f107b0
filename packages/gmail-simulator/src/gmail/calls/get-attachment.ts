import { scanParts, walkParts } from "../../mime/scan-parts.ts";
import { type Answer, badRequest, jsonAnswerWithContent, notFound } from "../answer.ts";
import { readAttachmentId } from "../attachment-id.ts";
import type { GmailCall } from "../gmail-call.ts";
import { readPartContent } from "../message-resource.ts";

/** https://developers.google.com/gmail/api/reference/rest/v1/users.messages.attachments/get */
export async function getAttachment({ mailbox, ids }: GmailCall): Promise<Answer> {
  const [messageId = "", attachmentId = ""] = ids;
  const slot = mailbox.slotOf(messageId.toLowerCase());
  if (slot === null) return notFound();
  const partId = readAttachmentId(mailbox.idOf(slot), attachmentId);
  if (partId === null) return badRequest("Invalid attachment token");
  const bytes = await mailbox.read(slot);
  for (const part of walkParts(scanParts(bytes))) {
    if (part.partId !== partId) continue;
    const content = readPartContent(part, bytes);
    return jsonAnswerWithContent({ size: content.length }, "data", content);
  }
  return badRequest("Invalid attachment token");
}
