import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { ClaimRecord } from "./decide-guard.ts";
import type { ClaimBook, ClaimedWork } from "./fetcher-ports.ts";

/** Opened twice without having been closed: the first worker died, at the message that was marked, if any. */
const openSql = `
  insert into claims as known (sync_id, chunk_index, tenant_id, account_id, is_open)
  values ($1, $2, $3, $4, true)
  on conflict (sync_id, chunk_index) do update set
    deaths = known.deaths + known.is_open::integer,
    deaths_at = case
      when known.is_open and known.message_id is not null then jsonb_set(
        known.deaths_at, array[known.message_id],
        to_jsonb(coalesce((known.deaths_at ->> known.message_id)::integer, 0) + 1))
      else known.deaths_at
    end,
    is_open = true, message_id = null, opened_at = now()
  returning deaths, deaths_at as "deathsAt"`;

const markSql = `update claims set message_id = $3 where sync_id = $1 and chunk_index = $2`;

const closeSql = `
  update claims set is_open = false, message_id = null where sync_id = $1 and chunk_index = $2`;

/**
 * Claims under suspicion, in Postgres: what is written there outlives the worker. What this process could not close,
 * because the database was away, is closed when it is opened again: nobody has died.
 */
export function createClaimBook(pool: Pool): ClaimBook {
  const maybeOpen = new Set<string>();
  const close = async (work: ClaimedWork): Promise<void> => {
    await pool.of(work.ref.tenantId).query(closeSql, keyOf(work));
    maybeOpen.delete(nameOf(work));
  };
  return {
    async open(work) {
      const { tenantId, accountId } = work.ref;
      if (maybeOpen.has(nameOf(work))) await close(work);
      maybeOpen.add(nameOf(work));
      const { rows } = await pool
        .of(tenantId)
        .query<ClaimRecord>(openSql, [...keyOf(work), tenantId, accountId]);
      return rows[0] ?? { deaths: 0, deathsAt: {} };
    },
    async mark(work, messageId) {
      await pool.of(work.ref.tenantId).query(markSql, [...keyOf(work), messageId]);
    },
    close,
  };
}

const keyOf = ({ item }: ClaimedWork): [string, number] => [item.syncId, item.chunkIndex];
const nameOf = (work: ClaimedWork): string => keyOf(work).join("/");
