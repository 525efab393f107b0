import { z } from "zod";
import type { Api, ApiPorts } from "../api.ts";
import { notFound, problemResponses } from "../http/problem.ts";
import { includeDeletedSchema, type Message, messageIdSchema, messageSchema } from "../resources/message.ts";
import { isoOf, isoOrNull } from "../resources/time.ts";
import { type MessageSummaryRow, messageSummaryColumns, summaryOf } from "./list-messages.ts";

export const messageParamsSchema = z.object({ id: messageIdSchema });
export const messageQuerySchema = z.strictObject({ includeDeleted: includeDeletedSchema });

const sql = `
  select ${messageSummaryColumns}, m.account_id as "accountId", m.content, m.history_id as "historyId",
    m.sent_at as "sentAt", m.addresses, m.message_id_header as "messageIdHeader", m.in_reply_to as "inReplyTo",
    m.reference_ids as "references", m.headers, m.text_body as text, m.html_body as html, m.defects,
    m.raw_sha256 as "rawSha256", m.stored_at as "storedAt",
    (
      select coalesce(jsonb_agg(jsonb_build_object(
        'partId', a.part_id, 'filename', a.filename, 'mimeType', a.mime_type, 'sizeBytes', a.size_bytes,
        'contentId', a.content_id, 'disposition', a.disposition) order by a.position), '[]')
      from attachments a where a.account_id = m.account_id and a.provider_id = m.provider_id
    ) as attachments
  from messages m join accounts owner on owner.id = m.account_id and owner.removing_at is null
  where m.tenant_id = $1 and m.id = $2 and ($3 or m.deleted_at is null)`;

type Addresses = Pick<Message, "sender" | "replyTo" | "cc" | "bcc">;

interface Row
  extends MessageSummaryRow,
    Omit<Message, keyof MessageSummaryRow | keyof Addresses | "sentAt" | "storedAt" | "links"> {
  readonly addresses: Addresses;
  readonly sentAt: Date | null;
  readonly storedAt: Date;
}

export function getMessage(app: Api, { pool }: ApiPorts): void {
  app.get(
    "/v1/messages/:id",
    {
      schema: {
        summary: "One message, with its headers, bodies and the names of its attachments",
        tags: ["messages"],
        params: messageParamsSchema,
        querystring: messageQuerySchema,
        response: { 200: messageSchema, ...problemResponses },
      },
    },
    async ({ tenantId, params: { id }, query: { includeDeleted } }) => {
      const { rows } = await pool.of(tenantId).query<Row>(sql, [tenantId, id, includeDeleted === "true"]);
      const [row] = rows;
      if (row === undefined) throw notFound("message", "/v1/accounts/:id/messages");
      return messageOf(row);
    },
  );
}

/** One that is marked as deleted is found only by who says that it may be. */
const linkOf = ({ id, deletedAt }: Pick<Row, "id" | "deletedAt">, below = ""): string =>
  `/v1/messages/${id}${below}${deletedAt === null ? "" : "?includeDeleted=true"}`;

function messageOf(row: Row): Message {
  const { sender, replyTo, cc, bcc } = row.addresses;
  return {
    ...summaryOf(row),
    accountId: row.accountId,
    content: row.content,
    historyId: row.historyId,
    sentAt: isoOrNull(row.sentAt),
    sender,
    replyTo,
    cc,
    bcc,
    messageIdHeader: row.messageIdHeader,
    inReplyTo: row.inReplyTo,
    references: row.references,
    headers: row.headers,
    text: row.text,
    html: row.html,
    attachments: row.attachments,
    defects: row.defects,
    rawSha256: row.rawSha256,
    storedAt: isoOf(row.storedAt),
    links: { self: linkOf(row), raw: linkOf(row, "/raw") },
  };
}
