-- Up Migration

-- As before, but for tokens that watch one sync of an account that is held: they stay until it is not. Accounts are locked as the
-- janitor's other statements lock them: whoever puts one on hold waits for the end, and what was put meanwhile is seen.
create or replace function remove_ended_tokens(moment timestamptz, token_days integer, of_tenant text, rows_max integer)
returns table (tenant_id text, count double precision) security definer language sql
begin atomic
  with due as materialized (
    select k.id, k.tenant_id, s.account_id
    from browser_tokens k
    join tenants t on t.id = k.tenant_id
    left join syncs s on s.id = k.sync_id
    where k.expires_at < least(moment - interval '1 day', now())
      and k.expires_at < moment - make_interval(days => coalesce((t.retention ->> 'browserTokensDays')::integer, token_days))
      and (of_tenant is null or k.tenant_id = of_tenant)
      and not exists (select from accounts a where a.id = s.account_id and a.held_at is not null)
    order by k.expires_at
    limit case when rows_max > 0 then rows_max end
  ),
  locked as materialized (
    select a.id, a.held_at from accounts a
    where rows_max > 0 and a.id in (select due.account_id from due) order by a.id for share
  ),
  going as materialized (
    select due.id, due.tenant_id from due
    where due.account_id is null or due.account_id not in (select locked.id from locked where locked.held_at is not null)
  ),
  gone as (
    delete from browser_tokens k using going where rows_max > 0 and k.id = going.id
  )
  select going.tenant_id, count(*)::double precision from going group by going.tenant_id;
end;

-- Whether an operator has asked for the run, and not its schedule, or the tenant. A tenant sees no row of a run of everybody's, so
-- it stands here.
alter table retention_run_tenants add column by_operator boolean not null default false;
update retention_run_tenants part set by_operator = true
from retention_runs run where run.id = part.run_id and run.asked_by is not null and run.tenant_id is null;
