import { composeMessage, type MessageEnvelope } from "../../mail/compose-message.ts";
import { DefectList } from "../../mail/defect-list.ts";
import type { MailMessage } from "../../mail/mail-message.ts";
import type { RawHeader } from "../../mail/scan-headers.ts";
import { readGmailTree } from "./gmail-mime-tree.ts";
import { hiddenAs } from "./hiding-labels.ts";
import { arrayAt, isRecord, type JsonRecord, numberAt, recordAt, textAt } from "./json-access.ts";

/**
 * Reads a Message resource of format `full` or `metadata`
 * (https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages#Message).
 * Text that the resource names by attachmentId only must have been filled in before (`listMissingText`), or it
 * is noted as a defect.
 *
 * @throws TypeError when the resource has no id
 */
export function parseGmailMessage(json: unknown, content: "full" | "metadata"): MailMessage {
  if (!isRecord(json)) throw new TypeError("The message resource is no JSON object.");
  const defects = new DefectList();
  const payload = recordAt(json, "payload");
  if (payload === null) defects.add("The provider delivered no payload for this message.");
  return composeMessage(
    {
      envelope: readGmailEnvelope(json),
      headers: payload === null ? [] : readGmailHeaders(payload),
      root: payload === null || content === "metadata" ? null : readGmailTree(payload, defects),
      charsetTrust: "utf8",
      content,
      raw: null,
      rawSha256: null,
    },
    defects,
  );
}

/** @throws TypeError when the resource has no id */
export function readGmailEnvelope(json: JsonRecord): MessageEnvelope {
  const id = textAt(json, "id");
  if (id === null || id === "") throw new TypeError("The message resource has no id.");
  const internalDateMs = numberAt(json, "internalDate");
  const historyId = json.historyId;
  const labelIds = arrayAt(json, "labelIds").filter((label) => typeof label === "string");
  return {
    id,
    threadId: textAt(json, "threadId"),
    historyId: typeof historyId === "string" || typeof historyId === "number" ? String(historyId) : null,
    labelIds,
    hiddenAs: hiddenAs(labelIds),
    receivedAt: internalDateMs === null ? null : new Date(internalDateMs),
    sizeBytes: Math.max(0, Math.trunc(numberAt(json, "sizeEstimate") ?? 0)),
    snippet: textAt(json, "snippet") ?? "",
  };
}

export function readGmailHeaders(part: JsonRecord): readonly RawHeader[] {
  const headers: RawHeader[] = [];
  for (const header of arrayAt(part, "headers")) {
    if (!isRecord(header)) continue;
    const name = textAt(header, "name");
    const value = textAt(header, "value");
    if (name !== null && value !== null) headers.push([name, unfold(value)]);
  }
  return headers;
}

function unfold(value: string): string {
  return value.includes("\n") ? value.replace(/\r?\n/g, "") : value;
}
