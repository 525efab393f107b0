-- Up Migration

-- Keys of the API and tokens for browsers are sync-api's own, and hashes of secrets nobody else's to see. The janitor may have
-- those removed that have ended, and is told how many of whom: that is all that it can do to these tables. Which are due is
-- decided here, so that nothing that still opens anything can go.

-- Tokens that have ended before a time. With rows_max 0 they are counted only.
create function remove_ended_tokens(ended_before timestamptz, of_tenant text, rows_max integer)
returns table (tenant_id text, count double precision) security definer language sql
begin atomic
  with due as (
    select t.id, t.tenant_id from browser_tokens t
    where t.expires_at < least(ended_before, now()) and (of_tenant is null or t.tenant_id = of_tenant)
    order by t.expires_at
    limit case when rows_max > 0 then rows_max end
  ),
  gone as (
    delete from browser_tokens t using due where rows_max > 0 and t.id = due.id
  )
  select due.tenant_id, count(*)::double precision from due group by due.tenant_id;
end;

-- Keys that were revoked, or have expired, longer ago than entries of the audit trail are kept, which name them.
create function remove_ended_keys(moment timestamptz, audit_days integer, of_tenant text, rows_max integer)
returns table (tenant_id text, count double precision) security definer language sql
begin atomic
  with due as (
    select k.id, k.tenant_id from api_keys k join tenants t on t.id = k.tenant_id
    where least(k.revoked_at, k.expires_at) < now()
      and least(k.revoked_at, k.expires_at) < moment
        - make_interval(days => coalesce((t.retention ->> 'auditDays')::integer, audit_days))
      and (of_tenant is null or k.tenant_id = of_tenant)
    order by k.id
    limit case when rows_max > 0 then rows_max end
  ),
  gone as (
    delete from api_keys k using due where rows_max > 0 and k.id = due.id
  )
  select due.tenant_id, count(*)::double precision from due group by due.tenant_id;
end;

revoke execute on function remove_ended_tokens(timestamptz, text, integer) from public;
revoke execute on function remove_ended_keys(timestamptz, integer, text, integer) from public;
