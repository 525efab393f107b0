-- Up Migration

-- What everybody's periods may not be below, a tenant's own may not either: facts of syncs that ended within the last days are
-- what minutes of activity are rebuilt from.
update tenants set retention = jsonb_set(retention, '{finishedSyncsDays}', '7')
where (retention ->> 'finishedSyncsDays')::integer < 7;

-- As the one of the release before, with a period of each tenant's own.
create function remove_ended_tokens(moment timestamptz, token_days integer, of_tenant text, rows_max integer)
returns table (tenant_id text, count double precision) security definer language sql
begin atomic
  with due as (
    select k.id, k.tenant_id from browser_tokens k join tenants t on t.id = k.tenant_id
    where k.expires_at < least(moment - interval '1 day', now())
      and k.expires_at < moment - make_interval(days => coalesce((t.retention ->> 'browserTokensDays')::integer, token_days))
      and (of_tenant is null or k.tenant_id = of_tenant)
    order by k.expires_at
    limit case when rows_max > 0 then rows_max end
  ),
  gone as (
    delete from browser_tokens k using due where rows_max > 0 and k.id = due.id
  )
  select due.tenant_id, count(*)::double precision from due group by due.tenant_id;
end;

-- Removes minutes of some tenants, row by row: of each those before its own minute, and after what goes with the tables of days.
-- With rows_max 0 they are counted only. Each tenant is looked up by its key, and in the days' tables of that time alone.
create function remove_activity_of(of_tenants text[], from_minute integer, before_minutes integer[], rows_max integer)
returns table (tenant_id text, count double precision) security definer language sql as $$
  with due as (
    select a.tenant_id, a.minute
    from unnest(of_tenants, before_minutes) as own (id, before_minute)
    cross join lateral (
      select a.tenant_id, a.minute from activity_minutes a
      where a.tenant_id = own.id and a.minute >= from_minute and a.minute < own.before_minute
    ) as a
    limit case when rows_max > 0 then rows_max end
  ),
  gone as (
    delete from activity_minutes a using due
    where rows_max > 0 and a.tenant_id = due.tenant_id and a.minute = due.minute
  )
  select due.tenant_id, count(*)::double precision from due group by due.tenant_id
$$;

-- Content that a run is about to remove, until it is told which of it is gone: [{"sha256": …, "sizeBytes": …}, …]. Who is killed in
-- between leaves a list by which the next run tells it.
alter table retention_runs add column removing jsonb not null default '[]';
create index retention_runs_removing on retention_runs (id) where removing <> '[]';

revoke execute on function remove_ended_tokens(timestamptz, integer, text, integer),
  remove_activity_of(text[], integer, integer[], integer) from public;
do $$
begin
  execute format('alter function remove_activity_of(text[], integer, integer[], integer) set search_path = %I, pg_temp',
    current_schema());
end $$;
