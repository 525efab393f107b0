import { isRequestUnreached } from "@millrace/shared/postgres/is-request-unreached";
import { accountStatusSql, watchLapsedSql } from "../accounts/account-rows.ts";
import { isFailingSql } from "../syncs/sync-rows.ts";
import { ownersSql } from "./owners.ts";

/** A request that no fact has reached for so long is looked for by the janitor, and shown by its own address. */
const requestedDaysMax = 1;

const count = (condition: string): string => `count(*) filter (where ${condition})`;

const ofSyncs = `
  select jsonb_build_object(
    'queued', ${count("status = 'queued'")}, 'running', ${count("status = 'running'")},
    'paused', ${count("status = 'paused'")}, 'failing', ${count(isFailingSql)}
  )
  from owners o join syncs s on s.tenant_id = o.id
  where s.ended_at is null`;

const ofRequests = `
  select count(*) from owners o join sync_requests r on r.tenant_id = o.id
  where r.created_at > now() - interval '${requestedDaysMax} days'
    and ${isRequestUnreached("r")}`;

const thisMinute = "floor(extract(epoch from now()) / 60)::integer";

const ofEndings = `
  select jsonb_build_object(
    'completed', coalesce(sum(syncs_completed), 0), 'partial', coalesce(sum(syncs_partial), 0),
    'failed', coalesce(sum(syncs_failed), 0), 'cancelled', coalesce(sum(syncs_cancelled), 0),
    'coalesced', coalesce(sum(syncs_coalesced), 0)
  )
  from owners o join activity_minutes a on a.tenant_id = o.id
  where a.minute > ${thisMinute} - 1440`;

/** Of the ten seconds in which the last minute began, the part that is in it. */
const ofMessages = `
  select coalesce(sum(n * least(1, greatest(0, (ends - extract(epoch from now()) + 60) / 10))), 0) / 60
  from owners o join activity_minutes a on a.tenant_id = o.id
  cross join lateral (
    select n, a.minute::float8 * 60 + place * 10 as ends from unnest(a.slices) with ordinality as slice (n, place)
  ) as slices
  where a.minute >= ${thisMinute} - 1`;

const ofPickups = `
  select jsonb_build_object(
    'count', count(*), 'medianMs', round(percentile_cont(0.5) within group (order by ms)),
    'p95Ms', round(percentile_cont(0.95) within group (order by ms))
  )
  from owners o join syncs s on s.tenant_id = o.id
  cross join lateral (
    select greatest(0, extract(epoch from s.started_at - s.created_at) * 1000)::float8 as ms
  ) as waited
  where s.created_at > now() - interval '1 hour' and s.started_at is not null`;

/**
 * The window slides by one with each settled chunk, so it is known how many chunks of a sync are outstanding; looked for from
 * the newest on, they are found without reading those that were settled before.
 */
const ofLanes = `
  select jsonb_agg(jsonb_build_object('lane', lane, 'waiting', waiting, 'oldestSeconds', oldest) order by lane desc)
  from (
    select lane, count(c.listed_at) as waiting,
      case when count(c.listed_at) > 0 then floor(greatest(0, extract(epoch from now() - min(c.listed_at)))) end as oldest
    from unnest('{live, bulk}'::text[]) as lanes (lane)
    left join (
      select case when s.mode = 'incremental' or found.chunk_index = 0 then 'live' else 'bulk' end as lane, found.listed_at
      from owners o join syncs s on s.tenant_id = o.id
      cross join lateral (
        select c.chunk_index, c.listed_at from chunks c
        where c.sync_id = s.id and c.chunk_index < s.window_chunks + s.chunks_settled and c.settled_at is null
        order by c.chunk_index desc
        limit greatest(0, least(s.chunks_listed, s.window_chunks + s.chunks_settled) - s.chunks_settled)
      ) as found
      where s.ended_at is null and s.status = 'running'
    ) as c using (lane)
    group by lane
  ) as by_lane`;

const ofLetters = `
  select count(*) from owners o join dead_letters d on d.tenant_id = o.id where d.state = 'open'`;

/** $1 a tenant, or null for all. */
export const overviewSql = `
  with ${ownersSql},
  mailboxes_now as (
    select ${accountStatusSql} as status, s.last_synced_at, w.account_id is not null as is_watched, w.status as watch,
      ${watchLapsedSql} as lapsed_since
    from owners o join accounts a on a.tenant_id = o.id
    left join account_states s on s.account_id = a.id
    left join watches w on w.account_id = a.id
  )
  select now() as at,
    (${ofSyncs})
      || jsonb_build_object('requested', (${ofRequests}), 'endedLastDay', (${ofEndings})) as syncs,
    (${ofMessages})::float8 as "messagesPerSecond",
    (${ofPickups}) as pickup,
    (${ofLanes}) as lanes,
    jsonb_build_object('open', (${ofLetters})) as "deadLetters",
    (select jsonb_build_object(
        'connected', ${count("status = 'connected'")}, 'reauthRequired', ${count("status = 'reauth_required'")},
        'removing', ${count("status = 'removing'")},
        'neverSynced', ${count("status = 'connected' and last_synced_at is null")},
        'watched', ${count("watch <> 'unset' and lapsed_since is null")},
        'watchesLapsed', ${count("lapsed_since is not null")}
      ) from mailboxes_now) as accounts,
    (select min(last_synced_at) from mailboxes_now where status = 'connected') as "oldestSyncedAt"`;
