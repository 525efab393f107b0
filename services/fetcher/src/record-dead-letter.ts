import { newId } from "@millrace/shared/events/identifiers";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { ClaimedChunk } from "./decide-chunk.ts";

const errorCharsMax = 2_000;

const sql = `
  insert into dead_letters (id, tenant_id, account_id, sync_id, chunk_index, provider_id, category, error, attempts, raw)
  values ($1, $2, $3, $4, $5, $6, 'bad_item', $7, $8, $9)
  on conflict (sync_id, chunk_index, provider_id)
  do update set error = excluded.error, attempts = excluded.attempts, raw = coalesce(excluded.raw, dead_letters.raw)`;

/** Sets one message aside with its reason, so that the rest of its chunk goes on. Twice is once. */
export async function recordDeadLetter(
  pool: Pool,
  { ref, item, attempt }: ClaimedChunk,
  letter: { readonly providerId: string; readonly error: string; readonly raw: Uint8Array | null },
): Promise<void> {
  await pool.query(sql, [
    newId("dl"),
    ref.tenantId,
    ref.accountId,
    item.syncId,
    item.chunkIndex,
    letter.providerId,
    letter.error.replaceAll("\0", "").slice(0, errorCharsMax),
    attempt,
    letter.raw,
  ]);
}
