import type { MailMessage } from "@millrace/shared/mail/mail-message";

const template: Omit<MailMessage, "id"> = {
  threadId: null,
  historyId: null,
  labelIds: [],
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

/** What a message says does not matter here, only where it goes. */
export const simulatedMessage = (id: string): MailMessage => ({ id, ...template });
