import { scanParts, walkParts } from "../../mime/scan-parts.ts";
import { type Answer, badRequest, jsonAnswer, notFound } from "../answer.ts";
import { readAttachmentId } from "../attachment-id.ts";
import type { GmailCall } from "../gmail-call.ts";
import { readPartContent, toBase64Url } from "../message-resource.ts";

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
    return jsonAnswer({ size: content.length, data: toBase64Url(content) });
  }
  return badRequest("Invalid attachment token");
}
