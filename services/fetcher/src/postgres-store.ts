import type { ContentMode } from "@millrace/shared/mail/mail-message";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { MailStore } from "./fetcher-ports.ts";
import { isRefreshing, keepRaw, storeMessages } from "./store-messages.ts";

/** What satisfies a wish for content: the same, or more. */
const satisfying: Readonly<Record<ContentMode, readonly ContentMode[]>> = {
  metadata: ["metadata", "full", "raw"],
  full: ["full", "raw"],
  raw: ["raw"],
};

const findStoredSql = `
  select provider_id as "providerId", sync_id = $5 and chunk_index = $6 as "byThisWork"
  from messages
  where tenant_id = $1 and account_id = $2 and provider_id = any($3) and content = any($4) and deleted_at is null`;

const markGoneSql = `
  update messages set deleted_at = now(), deleted_why = 'gone'
  where tenant_id = $1 and account_id = $2 and provider_id = any($3) and deleted_at is null`;

/** Mail in Postgres. */
export function createPostgresStore(pool: Pool): MailStore {
  return {
    async findStored(work) {
      const { ref, item } = work;
      const { rows } = await pool.query<{ providerId: string; byThisWork: boolean }>({
        name: "find-stored",
        text: findStoredSql,
        values: [
          ref.tenantId,
          ref.accountId,
          item.messageIds,
          satisfying[item.content],
          item.syncId,
          item.chunkIndex,
        ],
      });
      const idsOf = (byThisWork: boolean): Set<string> =>
        new Set(rows.filter((row) => row.byThisWork === byThisWork).map((row) => row.providerId));
      return { byThisWork: idsOf(true), before: isRefreshing(work) ? new Set() : idsOf(false) };
    },
    write: (work, messages) => storeMessages(pool, work, messages),
    keepRaw: (ref, messageId, raw) => keepRaw(pool, ref, messageId, raw),
    async markGone(ref, messageIds) {
      await pool.query(markGoneSql, [ref.tenantId, ref.accountId, messageIds]);
    },
  };
}
