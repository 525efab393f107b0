import type { AttachmentMode } from "@millrace/shared/attachments/attachment-mode";
import { placeColumn, type StoredAttachment } from "@millrace/shared/attachments/stored-attachment";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { Attachment } from "../resources/attachment.ts";
import { isoOrNull } from "../resources/time.ts";

/** The part that is the whole message has no number, and an address needs something. */
export const wholePart = "root";

export const idOfPart = (partId: string): string => (partId === "" ? wholePart : partId);
export const partOfId = (id: string): string => (id === wholePart ? "" : id);

export interface AttachmentRow extends StoredAttachment {
  readonly messageId: string;
  readonly filename: string | null;
  readonly mimeType: string;
  readonly sizeBytes: string;
  readonly contentId: string | null;
  readonly disposition: string | null;
  readonly sha256: string | null;
  readonly blobSize: string | null;
  readonly fetchedAt: Date | null;
  readonly failure: Attachment["failure"];
  readonly mode: AttachmentMode;
  readonly isDeleted: boolean;
}

const sql = `
  select m.tenant_id as "tenantId", m.account_id as "accountId", m.provider_id as "providerId", m.id as "messageId",
    t.part_id as "partId", t.provider_attachment_id as "providerAttachmentId", t.filename, t.mime_type as "mimeType",
    t.size_bytes as "sizeBytes", t.content_id as "contentId", t.disposition, t.sha256, t.blob_size as "blobSize",
    t.fetched_at as "fetchedAt", t.failure, a.attachments as mode, m.deleted_at is not null as "isDeleted",
    exists (
      select from message_contents c where c.account_id = m.account_id and c.provider_id = m.provider_id
    ) as "isInRaw", ${placeColumn}
  from messages m
  join accounts a on a.id = m.account_id and a.removing_at is null
  left join attachments t on t.account_id = m.account_id and t.provider_id = m.provider_id
    and ($3::text is null or t.part_id = $3)
  where m.tenant_id = $1 and m.id = $2 and ($4 or m.deleted_at is null)
  order by t.position`;

export interface AskedAttachments {
  readonly tenantId: string;
  readonly messageId: string;
  /** The one that is asked for; null: all of them. */
  readonly partId: string | null;
  /** Also of a message that is marked as deleted. */
  readonly includeDeleted: boolean;
}

/**
 * The attachments of a message, or the one of them that is named, in the message's order.
 *
 * @returns null when the tenant has no such message
 */
export async function readAttachments(
  pool: Pool,
  { tenantId, messageId, partId, includeDeleted }: AskedAttachments,
): Promise<readonly AttachmentRow[] | null> {
  const { rows } = await pool.of(tenantId).query<AttachmentRow & { readonly partId: string | null }>({
    name: "read-attachments",
    text: sql,
    values: [tenantId, messageId, partId, includeDeleted],
  });
  return rows.length === 0 ? null : rows.filter((row) => row.partId !== null);
}

/** One of a message that is marked as deleted is found only by who says that it may be. */
const contentLink = ({ messageId, isDeleted }: AttachmentRow, id: string): string =>
  `/v1/messages/${messageId}/attachments/${encodeURIComponent(id)}${isDeleted ? "?includeDeleted=true" : ""}`;

export function attachmentOf(row: AttachmentRow): Attachment {
  const id = idOfPart(row.partId);
  return {
    id,
    partId: row.partId,
    filename: row.filename,
    mimeType: row.mimeType,
    sizeBytes: Number(row.blobSize ?? row.sizeBytes),
    contentId: row.contentId,
    disposition: row.disposition,
    sha256: row.sha256,
    fetchedAt: isoOrNull(row.fetchedAt),
    failure: row.failure,
    links: { content: contentLink(row, id) },
  };
}
