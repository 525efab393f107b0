import { workMark } from "@millrace/shared/events/work-item";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { applyChanges } from "./apply-changes.ts";
import type { ChangedMail } from "./changed-mail.ts";
import { currentBaselineSql } from "./current-baseline-sql.ts";
import { BaselineMovedError, type MailStore } from "./fetcher-ports.ts";
import { satisfying } from "./satisfying.ts";
import { isRefreshing, keepRaw, storeMessages } from "./store-messages.ts";

const findStoredSql = `
  select provider_id as "providerId", sync_id = $5 and work = $6 as "byThisWork"
  from messages
  where tenant_id = $1 and account_id = $2 and provider_id = any($3) and content = any($4) and deleted_at is null`;

const markGoneSql = `
  with ${currentBaselineSql},
  missing as (
    select distinct provider_id from unnest($3::text[]) as i (provider_id)
    where (select mark from current) is not distinct from $6::uuid
  ),
  buried as (
    insert into tombstones as known (account_id, provider_id, tenant_id, sync_id, work)
    select $2, provider_id, $1, $4, $5 from missing order by provider_id
    on conflict (account_id, provider_id) do update set
      sync_id = excluded.sync_id, work = excluded.work, buried_at = now()
  ),
  marked as (
    update messages set deleted_at = now(), deleted_why = 'gone', sync_id = $4, work = $5, last_change = 'deleted'
    where tenant_id = $1 and account_id = $2 and provider_id in (select provider_id from missing) and deleted_at is null
  )
  select (select mark from current) is not distinct from $6::uuid as "isCurrent"`;

const otherSql = `
  select provider_id as "providerId" from messages
  where tenant_id = $1 and account_id = $2 and deleted_at is null and provider_id <> all($3)
  limit 1`;

const doneSql = `
  select provider_id as "providerId", last_change as change
  from messages
  where tenant_id = $1 and account_id = $2 and provider_id = any($3) and sync_id = $4 and work = $5
    and last_change is not null
  order by provider_id`;

/** Mail in Postgres. */
export function createPostgresStore(pool: Pool): MailStore {
  return {
    async findStored(work) {
      const { ref, item } = work;
      const { rows } = await pool.of(ref.tenantId).query<{ providerId: string; byThisWork: boolean }>({
        name: "find-stored",
        text: findStoredSql,
        values: [
          ref.tenantId,
          ref.accountId,
          item.messageIds,
          satisfying[item.content],
          item.syncId,
          workMark(item),
        ],
      });
      const idsOf = (byThisWork: boolean): Set<string> =>
        new Set(rows.filter((row) => row.byThisWork === byThisWork).map((row) => row.providerId));
      return { byThisWork: idsOf(true), before: isRefreshing(work) ? new Set() : idsOf(false) };
    },
    write: (work, messages) => storeMessages(pool, work, messages),
    keepRaw: (ref, messageId, raw) => keepRaw(pool, ref, messageId, raw),
    async markGone({ ref, item, baseline }, messageIds) {
      const values = [ref.tenantId, ref.accountId, messageIds, item.syncId, workMark(item), baseline];
      const { rows } = await pool.of(ref.tenantId).query<{ isCurrent: boolean }>(markGoneSql, values);
      if (rows[0]?.isCurrent !== true) throw new BaselineMovedError();
    },
    applyChanges: (work, changes) => applyChanges(pool, work, changes),
    async findOther({ ref, item }) {
      const values = [ref.tenantId, ref.accountId, item.messageIds];
      const { rows } = await pool.of(ref.tenantId).query<{ providerId: string }>(otherSql, values);
      return rows[0]?.providerId ?? null;
    },
    async mailOf({ ref, item }) {
      const { rows } = await pool.of(ref.tenantId).query<{ providerId: string; change: keyof ChangedMail }>({
        name: "mail-of-work",
        text: doneSql,
        values: [ref.tenantId, ref.accountId, item.messageIds, item.syncId, workMark(item)],
      });
      const idsOf = (kind: keyof ChangedMail): string[] =>
        rows.filter(({ change }) => change === kind).map(({ providerId }) => providerId);
      return { added: idsOf("added"), changed: idsOf("changed"), deleted: idsOf("deleted") };
    },
  };
}
