import type { BlobStore, PutBlob } from "../blobs/blob-store.ts";
import type { Pool } from "../postgres/create-pool.ts";
import type { ProviderFault, ProviderResult, ProviderSession } from "../providers/mail-provider.ts";
import { ProviderFaultError } from "../providers/provider-fault-error.ts";
import { openContent } from "./open-content.ts";
import type { RawMessages } from "./raw-messages.ts";
import type { StoredAttachment } from "./stored-attachment.ts";

export interface AttachmentPorts {
  readonly pool: Pool;
  readonly blobs: BlobStore;
  readonly raws: RawMessages;
}

const keptSql = `
  update attachments
  set sha256 = $5, blob_size = $6, fetched_at = now(), fetch_attempts = 0, attempted_at = null, failure = null
  where tenant_id = $1 and account_id = $2 and provider_id = $3 and part_id = $4`;

const failedSql = `
  update attachments
  set failure = jsonb_build_object('category', $5::text, 'message', $6::text, 'at', to_jsonb(now()))
  where tenant_id = $1 and account_id = $2 and provider_id = $3 and part_id = $4 and sha256 is null`;

const attemptSql = `
  with counted as (
    update attachments set fetch_attempts = fetch_attempts + 1, attempted_at = now()
    where tenant_id = $1 and account_id = $2 and provider_id = $3 and part_id = $4
      and coalesce(attempted_at, '-infinity') <= now() - interval '1 minute'
    returning fetch_attempts
  )
  select fetch_attempts as attempts from counted
  union all
  select fetch_attempts from attachments
  where tenant_id = $1 and account_id = $2 and provider_id = $3 and part_id = $4 and not exists (select from counted)`;

/**
 * Fetches an attachment's content into the blob store, and writes its row then: content whose row was not written is
 * an orphan. Twice is once, also at the same time.
 *
 * @param onPiece called as content comes
 * @throws {BlobStoreAwayError}, `signal.reason` when aborted, and what the database throws
 */
export async function keepAttachment(
  { pool, blobs, raws }: AttachmentPorts,
  session: ProviderSession,
  attachment: StoredAttachment,
  signal: AbortSignal,
  onPiece: () => void = () => {},
): Promise<ProviderResult<PutBlob>> {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  try {
    const content = await openContent(raws, session, attachment, either);
    if (!content.ok) return content;
    const blob = await blobs.put(noticed(content.value, onPiece), either);
    await pool.of(attachment.tenantId).query(keptSql, [...keyOf(attachment), blob.sha256, blob.sizeBytes]);
    return { ok: true, value: blob };
  } catch (error) {
    if (error instanceof ProviderFaultError) return { ok: false, fault: error.fault };
    throw error;
  } finally {
    ended.abort(); // content that nobody has read to its end holds a connection
  }
}

/** Notes why syncs leave the content alone. */
export async function noteFailure(
  pool: Pool,
  attachment: StoredAttachment,
  { category, message }: Pick<ProviderFault, "category" | "message">,
): Promise<void> {
  await pool.of(attachment.tenantId).query(failedSql, [...keyOf(attachment), category, message]);
}

/** Counts an attempt that failed by accident, one a minute at most. @returns how many there were */
export async function countAttempt(pool: Pool, attachment: StoredAttachment): Promise<number> {
  const { rows } = await pool
    .of(attachment.tenantId)
    .query<{ attempts: number }>(attemptSql, keyOf(attachment));
  return rows[0]?.attempts ?? 0;
}

const keyOf = ({ tenantId, accountId, providerId, partId }: StoredAttachment) => [
  tenantId,
  accountId,
  providerId,
  partId,
];

async function* noticed(content: AsyncIterable<Uint8Array>, onPiece: () => void): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    onPiece();
    yield piece;
  }
}
