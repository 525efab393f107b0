import { setImmediate as nextTurn } from "node:timers/promises";
import type { Mailbox } from "../../mailbox/mailbox.ts";
import { type Answer, jsonAnswer, notFound } from "../answer.ts";
import type { GmailCall } from "../gmail-call.ts";

/** https://developers.google.com/gmail/api/reference/rest/v1/users.labels/list */
export function listLabels({ mailbox }: GmailCall): Answer {
  return jsonAnswer({ labels: mailbox.labels.list() });
}

/** https://developers.google.com/gmail/api/reference/rest/v1/users.labels/get */
export async function getLabel({ mailbox, ids }: GmailCall): Promise<Answer> {
  const label = mailbox.labels.find(ids[0] ?? "");
  if (label === null) return notFound();
  return jsonAnswer({ ...label, ...(await countLabel(mailbox, label.id)) });
}

interface LabelCounts {
  readonly messagesTotal: number;
  readonly messagesUnread: number;
  readonly threadsTotal: number;
  readonly threadsUnread: number;
}

const SLOTS_A_TURN = 8_192;

/** Looks at every message: the price of keeping none of them in memory. */
async function countLabel(mailbox: Mailbox, labelId: string): Promise<LabelCounts> {
  let messagesTotal = 0;
  let messagesUnread = 0;
  const threads = new Set<string>();
  const unreadThreads = new Set<string>();
  for (let slot = 0; slot < mailbox.slotCount; slot++) {
    if (slot % SLOTS_A_TURN === 0) await nextTurn();
    if (!mailbox.has(slot)) continue;
    const labelIds = mailbox.labelIdsOf(slot);
    if (!labelIds.includes(labelId)) continue;
    messagesTotal++;
    threads.add(mailbox.threadIdOf(slot));
    if (!labelIds.includes("UNREAD")) continue;
    messagesUnread++;
    unreadThreads.add(mailbox.threadIdOf(slot));
  }
  return { messagesTotal, messagesUnread, threadsTotal: threads.size, threadsUnread: unreadThreads.size };
}
