import type { ContentMode } from "@millrace/shared/mail/mail-message";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { ClaimedChunk } from "./decide-chunk.ts";

export interface StoredAlready {
  readonly ids: ReadonlySet<string>;
  /** Written by an earlier delivery of this chunk, which died before it could say so. */
  readonly byThisChunk: number;
  /** There before this chunk. */
  readonly before: number;
}

/** What satisfies a wish for content: the same, or more. */
const satisfying: Readonly<Record<ContentMode, readonly ContentMode[]>> = {
  metadata: ["metadata", "full", "raw"],
  full: ["full", "raw"],
  raw: ["raw"],
};

const sql = `
  select provider_id as "providerId", sync_id = $5 and chunk_index = $6 as "byThisChunk"
  from messages
  where tenant_id = $1 and account_id = $2 and provider_id = any($3) and content = any($4)`;

/** Which messages of a chunk need no fetching. */
export async function findStored(pool: Pool, { ref, item }: ClaimedChunk): Promise<StoredAlready> {
  const { rows } = await pool.query<{ providerId: string; byThisChunk: boolean }>({
    name: "find-stored",
    text: sql,
    values: [
      ref.tenantId,
      ref.accountId,
      item.messageIds,
      satisfying[item.content],
      item.syncId,
      item.chunkIndex,
    ],
  });
  const byThisChunk = rows.filter((row) => row.byThisChunk).length;
  return { ids: new Set(rows.map((row) => row.providerId)), byThisChunk, before: rows.length - byThisChunk };
}
