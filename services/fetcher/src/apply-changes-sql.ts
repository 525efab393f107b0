import { doubtLabelsSql } from "./doubt-labels-sql.ts";

/**
 * What has become of messages, applied to what is stored of them, in one round trip.
 *
 * - A change counts only where the stored message is not newer than it: what was fetched after the change has it, and
 *   what comes late, from a worker that was thought dead, undoes nothing.
 * - A vanished message is marked; one that moved to trash or spam is marked as well. One that comes back is fetched: what
 *   happened to it there may not be known.
 * - Of one that is not stored and not to be shown, a tombstone keeps an older fetch from storing it.
 *
 * Returned is one row a message: `stored` (it was changed), `unchanged`, `gone`, or `fetch`.
 */
export const applyChangesSql = `
with input as (
  select provider_id, kind, at, hidden_as, history_order(at) as place,
    array(select jsonb_array_elements_text(added)) as added,
    array(select jsonb_array_elements_text(removed)) as removed
  from unnest($5::text[], $6::text[], $7::text[], $8::jsonb[], $9::jsonb[], $10::text[])
    as c (provider_id, kind, at, added, removed, hidden_as)
),
seen as (
  select input.*, m.provider_id is not null as is_stored, m.deleted_at is null as is_shown,
    m.deleted_why in ('trash', 'spam') as is_hidden, m.content = any($11) as suffices,
    m.sync_id = $3 and m.work = $4 as is_by_this_work, m.last_change,
    coalesce(history_order(m.history_id) >= place, false) as is_newer
  from input
  left join messages m
    on m.tenant_id = $1 and m.account_id = $2 and m.provider_id = input.provider_id
),
decided as (
  select *, case
    when is_stored and is_by_this_work and last_change is not null
      then case last_change when 'deleted' then 'gone' else 'stored' end
    when kind = 'vanished' then case when is_stored and (is_shown or is_hidden) then 'mark' else 'gone' end
    when kind = 'hidden' and is_stored and not is_newer and (is_shown or is_hidden)
      then case when is_shown then 'mark' else 'relabel' end
    when kind = 'hidden' then 'gone'
    when not is_stored or not (is_shown or is_hidden) then 'fetch'
    when kind = 'appeared' and is_hidden then case when is_newer then 'gone' else 'fetch' end
    when kind = 'appeared' and not suffices then 'fetch'
    when is_newer then 'unchanged'
    else 'relabel'
  end as action
  from seen
),
changed as (
  update messages m set
    label_ids = apply_labels(m.label_ids, d.added, d.removed),
    history_id = case when d.at = '' then m.history_id else d.at end,
    deleted_at = case when d.action = 'mark' then coalesce(m.deleted_at, now()) else m.deleted_at end,
    deleted_why = case when d.action = 'mark' then coalesce(d.hidden_as, 'deleted') else m.deleted_why end,
    sync_id = $3, work = $4, stored_at = now(),
    last_change = case when m.deleted_at is null then case when d.action = 'mark' then 'deleted' else 'changed' end end
  from decided d
  where m.tenant_id = $1 and m.account_id = $2 and m.provider_id = d.provider_id
    and d.action in ('mark', 'relabel')
    and (d.kind = 'vanished' or not coalesce(history_order(m.history_id) >= d.place, false))
    and (d.action <> 'relabel' or apply_labels(m.label_ids, d.added, d.removed) <> m.label_ids)
  returning m.provider_id, m.deleted_at is null as is_shown
),
doubted as (${doubtLabelsSql("decided join changed using (provider_id), unnest(decided.added) as label")}),
buried as (
  insert into tombstones as known (account_id, provider_id, tenant_id, history_id)
  select $2, provider_id, $1, nullif(at, '') from decided where not is_stored and action = 'gone'
  on conflict (account_id, provider_id) do update set history_id = excluded.history_id, buried_at = now()
    where not coalesce(history_order(known.history_id) > history_order(excluded.history_id), false)
)
select d.provider_id as "providerId", case
    when d.action in ('stored', 'unchanged', 'gone', 'fetch') then d.action
    when d.action = 'mark' or d.kind = 'hidden' then 'gone'
    when changed.provider_id is null then 'unchanged'
    when changed.is_shown then 'stored'
    else 'unchanged'
  end as outcome
from decided d left join changed using (provider_id)`;
