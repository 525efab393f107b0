import { type Answer, badRequest, jsonAnswer } from "../answer.ts";
import type { GmailCall } from "../gmail-call.ts";

/** A watch ends by itself after seven days. */
export const WATCH_MS = 7 * 86_400_000;
/** What a topic's name looks like. Any will do: where notifications go is configured. */
export const TOPIC_NAME = /^projects\/[^/\s]+\/topics\/[^/\s]+$/;

/** https://developers.google.com/gmail/api/reference/rest/v1/users/watch */
export function watchMailbox({ mailbox, body, state }: GmailCall): Answer {
  const topicName = (body as { topicName?: unknown } | null)?.topicName;
  if (typeof topicName !== "string" || !TOPIC_NAME.test(topicName))
    return badRequest("Invalid topicName does not match projects/{project}/topics/{topic}");
  mailbox.watch = { topicName, expirationMs: state.now() + WATCH_MS };
  return jsonAnswer({
    historyId: String(mailbox.history.current),
    expiration: String(mailbox.watch.expirationMs),
  });
}

/** https://developers.google.com/gmail/api/reference/rest/v1/users/stop */
export function stopWatch({ mailbox }: GmailCall): Answer {
  mailbox.watch = null;
  return { status: 204, body: "" };
}
