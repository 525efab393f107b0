import { type Answer, jsonAnswer } from "../answer.ts";
import type { GmailCall } from "../gmail-call.ts";

/** https://developers.google.com/gmail/api/reference/rest/v1/users/getProfile */
export function getProfile({ mailbox }: GmailCall): Answer {
  return jsonAnswer({
    emailAddress: mailbox.email,
    messagesTotal: mailbox.messagesTotal,
    threadsTotal: mailbox.threadsTotal,
    historyId: String(mailbox.history.current),
  });
}
