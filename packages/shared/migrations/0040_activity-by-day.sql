-- Up Migration

-- Minutes of activity by day: a day that has had its time is dropped with its table, where millions of rows would be deleted.
-- What is there stays in a table of its own, which also takes whatever no day takes.
alter table activity_minutes rename to activity_minutes_rest;
create table activity_minutes (
  like activity_minutes_rest,
  constraint activity_minutes_by_tenant primary key (tenant_id, minute)
) partition by range (minute);
create index activity_minutes_by_minute on activity_minutes (minute);
alter table activity_minutes attach partition activity_minutes_rest default;

-- Services that are running are to notice nothing: who could do something with the table can at once do it with this one, and
-- with nothing below it.
do $$
declare given record;
begin
  alter table activity_minutes enable row level security;
  for given in select polname, polqual, polwithcheck, polrelid,
      coalesce((select string_agg(quote_ident(rolname), ', ') from pg_roles where oid = any(polroles)), 'public') as roles
    from pg_policy where polrelid = 'activity_minutes_rest'::regclass
  loop
    execute format('create policy %I on activity_minutes to %s using (%s) with check (%s)', given.polname, given.roles,
      pg_get_expr(given.polqual, given.polrelid), pg_get_expr(given.polwithcheck, given.polrelid));
    execute format('drop policy %I on activity_minutes_rest', given.polname);
  end loop;
  for given in select rolname, privilege_type as privilege
    from pg_class, aclexplode(relacl) join pg_roles on pg_roles.oid = grantee
    where pg_class.oid = 'activity_minutes_rest'::regclass and grantee <> relowner
  loop
    execute format('grant %s on activity_minutes to %I', given.privilege, given.rolname);
    execute format('revoke %s on activity_minutes_rest from %I', given.privilege, given.rolname);
  end loop;
  alter table activity_minutes_rest enable row level security;
end $$;

-- The tables of days, by the number of the day since 1970-01-01 UTC.
create function activity_days() returns table (name regclass, day integer) stable language sql as $$
  select c.oid::regclass, to_date(right(c.relname, 8), 'YYYYMMDD') - date '1970-01-01'
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'activity_minutes'::regclass and c.relname ~ '^activity_minutes_\d{8}$'
$$;

-- Drops the oldest day that is over before a minute, and tells how many rows of whom went with it; a line without a tenant says
-- that there was one. A day a transaction: the table is closed to everybody from then to its end.
create function drop_activity_day(before_minute integer) returns table (tenant_id text, count double precision)
security definer language plpgsql as $$
declare due regclass;
begin
  select d.name into due from activity_days() d where (d.day + 1) * 1440 <= before_minute order by d.day limit 1;
  if due is null then return; end if;
  return query execute format('select tenant_id, count(*)::double precision from %s group by tenant_id', due);
  execute format('drop table %s', due);
  return query select null::text, 0::double precision;
end $$;

-- Makes a day's table; false when it is there, or the rest has rows of that day.
create function make_activity_day(of_day integer) returns boolean
security definer language plpgsql as $$
declare name text := 'activity_minutes_' || to_char(date '1970-01-01' + of_day, 'YYYYMMDD');
begin
  if exists (select from activity_days() d where d.day = of_day)
    or exists (select from activity_minutes_rest where minute >= of_day * 1440 and minute < (of_day + 1) * 1440)
  then return false; end if;
  -- As the others that are written with each batch of facts.
  execute format('create table %I partition of activity_minutes for values from (%s) to (%s) with (fillfactor = 60,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0.05)', name, of_day * 1440, (of_day + 1) * 1440);
  execute format('alter table %I enable row level security', name);
  return true;
end $$;

-- Removes minutes before one, row by row: those that stand in no day's table, or of one tenant. With rows_max 0 they are counted
-- only, wherever they stand.
create function remove_activity(before_minute integer, of_tenant text, rows_max integer)
returns table (tenant_id text, count double precision) security definer language sql as $$
  with due as (
    select a.tenant_id, a.minute from activity_minutes a
    where a.minute < before_minute and (of_tenant is null or a.tenant_id = of_tenant)
    order by a.minute
    limit case when rows_max > 0 then rows_max end
  ),
  gone as (
    delete from activity_minutes a using due
    where rows_max > 0 and a.tenant_id = due.tenant_id and a.minute = due.minute
  )
  select due.tenant_id, count(*)::double precision from due group by due.tenant_id
$$;

-- The release before names rows that it deletes by their place, which is another one's as well where tables are several: what it
-- deletes stays, until a janitor of this release comes.
create function ignore_deletion() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger deleted_by_place before delete on activity_minutes
  for each row when (current_user = 'millrace_janitor') execute function ignore_deletion();

revoke execute on function activity_days(), drop_activity_day(integer), make_activity_day(integer),
  remove_activity(integer, text, integer), ignore_deletion() from public;
do $$
declare function text;
begin
  foreach function in array array['activity_days()', 'drop_activity_day(integer)', 'make_activity_day(integer)',
    'remove_activity(integer, text, integer)']
  loop
    execute format('alter function %s set search_path = %I, pg_temp', function, current_schema());
  end loop;
end $$;
