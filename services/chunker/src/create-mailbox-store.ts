import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { MailboxStore } from "./chunker-ports.ts";

const takeBaselineSql = `
  insert into mailbox_baselines (account_id, tenant_id)
  select id, tenant_id from accounts where tenant_id = $1 and id = $2
  on conflict (account_id) do update set mark = excluded.mark, taken_at = excluded.taken_at`;

const hadCopySql = `
  select exists (
    select from messages where tenant_id = $1 and account_id = $2 and deleted_at is null
  ) as "hadCopy"`;

/**
 * Labels that are there no more leave their messages, too: a provider may tell of no change then. So do labels that
 * messages were stored with before any look has found them. Each look within an hour after that takes them away, and the
 * first one later, because a message that was fetched before may be written after; whoever stores one doubts its label
 * anew. Written is only what differs, and only what was seen later.
 */
export const saveLabelsSql = `
  with input as (
    select * from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
      as l (id, name, type, text_color, background_color)
  ),
  saved as (
    insert into labels as known (account_id, id, tenant_id, name, type, text_color, background_color, seen_at)
    select $2, id, $1, name, type, text_color, background_color, $8 from input
    on conflict (account_id, id) do update set
      name = excluded.name, type = excluded.type, text_color = excluded.text_color,
      background_color = excluded.background_color, seen_at = excluded.seen_at
      where known.seen_at < excluded.seen_at
        and (known.name, known.type, known.text_color, known.background_color)
          is distinct from (excluded.name, excluded.type, excluded.text_color, excluded.background_color)
  ),
  removed as (
    delete from labels
    where tenant_id = $1 and account_id = $2 and seen_at < $8 and id not in (select id from input)
    returning id
  ),
  noted as (
    insert into removed_labels (account_id, id, tenant_id, removed_at, relieved_at) select $2, id, $1, $8, $8 from removed
    on conflict (account_id, id) do update set removed_at = excluded.removed_at, relieved_at = excluded.relieved_at
  ),
  found as (
    delete from removed_labels
    where tenant_id = $1 and account_id = $2 and removed_at < $8 and id in (select id from input)
  ),
  late as (
    update removed_labels set relieved_at = $8
    where tenant_id = $1 and account_id = $2 and removed_at < $8
      and (relieved_at is null or relieved_at < removed_at + interval '1 hour')
      and id not in (select id from input) and id not in (select id from removed)
    returning id, removed_at
  ),
  absent as (
    select id, $8::timestamptz as removed_at from removed
    union all
    select id, removed_at from late
  ),
  relieved as (
    update message_labels set label_ids = array(
      select label from unnest(label_ids) with ordinality as l (label, place)
      where label not in (select id from absent) order by place
    )
    where tenant_id = $1 and account_id = $2 and exists (select from absent)
      and label_ids && array(select id from absent)
  )
  select distinct id from absent where removed_at > $8::timestamptz - interval '1 hour' order by id`;

/** Mailboxes in Postgres. */
export function createMailboxStore(pool: Pool): MailboxStore {
  return {
    async takeBaseline({ tenantId, accountId }) {
      await pool.of(tenantId).query(takeBaselineSql, [tenantId, accountId]);
    },
    async hadCopy({ tenantId, accountId }) {
      const { rows } = await pool.of(tenantId).query<{ hadCopy: boolean }>(hadCopySql, [tenantId, accountId]);
      return rows[0]?.hadCopy === true;
    },
    async saveLabels({ tenantId, accountId }, labels, seenAtMs) {
      const { rows } = await pool.of(tenantId).query<{ id: string }>({
        name: "save-labels",
        text: saveLabelsSql,
        values: [
          tenantId,
          accountId,
          labels.map(({ id }) => id),
          labels.map(({ name }) => name),
          labels.map(({ type }) => type),
          labels.map(({ textColor }) => textColor),
          labels.map(({ backgroundColor }) => backgroundColor),
          new Date(seenAtMs),
        ],
      });
      return rows.map(({ id }) => id);
    },
  };
}
