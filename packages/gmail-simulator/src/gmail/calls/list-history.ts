import type { HistoryRecord, HistoryType } from "../../mailbox/history-log.ts";
import type { Mailbox } from "../../mailbox/mailbox.ts";
import { type Answer, badRequest, jsonAnswer, notFound } from "../answer.ts";
import type { GmailCall } from "../gmail-call.ts";
import { readPageToken, writePageToken } from "../page-token.ts";
import { readList, readMaxResults } from "../query-parameters.ts";

/** https://developers.google.com/gmail/api/reference/rest/v1/users.history/list */
export function listHistory({ mailbox, query }: GmailCall): Answer {
  const start = query.get("startHistoryId") ?? "";
  if (!/^\d{1,20}$/.test(start)) return badRequest("Missing/invalid parameter: startHistoryId");
  const startId = BigInt(start);
  if (!mailbox.history.knows(startId)) return notFound();
  const types = readList(query, "historyTypes");
  const labelId = query.get("labelId") ?? "";
  const scope = JSON.stringify(["history", mailbox.email, start, [...types].sort(), labelId]);
  const token = query.get("pageToken") ?? "";
  const index = token === "" ? mailbox.history.firstIndexAfter(startId) : readPageToken(token, scope);
  if (index === null) return badRequest("Invalid pageToken");
  const wanted = (record: HistoryRecord): boolean =>
    (types.length === 0 || types.includes(record.type)) && (labelId === "" || concerns(record, labelId));
  const page = readRecords(mailbox, index, readMaxResults(query, 100, 500), wanted);
  return jsonAnswer({
    ...(page.records.length === 0 ? {} : { history: page.records.map((one) => toResource(mailbox, one)) }),
    ...(page.nextIndex === null ? {} : { nextPageToken: writePageToken(page.nextIndex, scope) }),
    historyId: String(mailbox.history.current),
  });
}

const FIELD_NAMES: Readonly<Record<HistoryType, string>> = {
  messageAdded: "messagesAdded",
  messageDeleted: "messagesDeleted",
  labelAdded: "labelsAdded",
  labelRemoved: "labelsRemoved",
};

function concerns(record: HistoryRecord, labelId: string): boolean {
  return record.labelIds.includes(labelId) || record.changedLabelIds.includes(labelId);
}

function readRecords(
  mailbox: Mailbox,
  start: number,
  resultsMax: number,
  wanted: (record: HistoryRecord) => boolean,
): { records: HistoryRecord[]; nextIndex: number | null } {
  const records: HistoryRecord[] = [];
  for (let index = start; ; index++) {
    const record = mailbox.history.at(index);
    if (record === undefined) return { records, nextIndex: null };
    if (!wanted(record)) continue;
    if (records.length === resultsMax) return { records, nextIndex: index };
    records.push(record);
  }
}

function toResource(mailbox: Mailbox, record: HistoryRecord): Record<string, unknown> {
  const message = { id: mailbox.idOf(record.slot), threadId: mailbox.threadIdOf(record.slot) };
  const labelled = record.labelIds.length === 0 ? message : { ...message, labelIds: record.labelIds };
  const change =
    record.changedLabelIds.length === 0
      ? { message: labelled }
      : { message: labelled, labelIds: record.changedLabelIds };
  return { id: String(record.id), messages: [message], [FIELD_NAMES[record.type]]: [change] };
}
