import type { MailMessage } from "@millrace/shared/mail/mail-message";
import { hiddenAs, type MailboxMessage } from "./mailbox.ts";

const template: Omit<MailMessage, "id" | "historyId" | "labelIds" | "hiddenAs"> = {
  threadId: null,
  receivedAt: null,
  sizeBytes: 1,
  snippet: "",
  headers: [],
  subject: null,
  sentAt: null,
  messageIdHeader: null,
  inReplyTo: null,
  references: [],
  from: [],
  sender: [],
  replyTo: [],
  to: [],
  cc: [],
  bcc: [],
  text: null,
  html: null,
  attachments: [],
  content: "full",
  raw: null,
  rawSha256: null,
  defects: [],
};

/** What a message says does not matter here, only where it goes, and where it is in its mailbox. */
export const simulatedMessage = ({ id, labels, changedAt }: MailboxMessage): MailMessage => ({
  ...template,
  id,
  historyId: String(changedAt),
  labelIds: labels,
  hiddenAs: hiddenAs(labels),
});
