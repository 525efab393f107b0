-- Up Migration

alter table tenants
  -- How many syncs of the tenant may run at once; null: as many as are asked for. The others wait, in order.
  add column running_syncs_max  integer check (running_syncs_max >= 1),
  -- Its syncs have a window so many times as wide as others': with a full queue, so much more of the workers.
  add column weight             real not null default 1 check (weight > 0 and weight <= 100);

-- Who of a tenant with such a cap has a seat, and who waits for one. Derived from the log, as everything here: what is
-- missing or left over is put right by the janitor.
create table tenant_lines (
  account_id  text primary key references accounts on delete cascade,
  tenant_id   text not null references tenants on delete cascade,
  -- The sync that runs, or that is to start.
  sync_id     text not null,
  place       bigint not null generated always as identity,
  -- The event that gave it its seat, which starts the sync also when it is delivered again; null while it waits.
  seated_by   text,
  moved_at    timestamptz not null default now()
);
create index tenant_lines_waiting on tenant_lines (tenant_id, place) where seated_by is null;
create index tenant_lines_seated on tenant_lines (tenant_id) where seated_by is not null;

-- Seats that are free; negative when more run than the cap allows, as after a cap was lowered. Null without a cap.
create function free_seats(of_tenant text) returns bigint language sql stable as $$
  select running_syncs_max - (
    select count(*) from tenant_lines where tenant_id = of_tenant and seated_by is not null
  ) from tenants where id = of_tenant
$$;

-- Whether the account's sync may start now. If not, it has joined the line, where it is overtaken by nobody.
create function take_seat(of_tenant text, of_account text, of_sync text, cause text) returns boolean
language plpgsql as $$
declare
  mine tenant_lines;
begin
  if (select running_syncs_max from tenants where id = of_tenant) is null then return true; end if;
  -- One at a time of a tenant: who counts the seats is alone with them.
  perform pg_advisory_xact_lock(hashtext('millrace.line'), hashtext(of_tenant));
  insert into tenant_lines (account_id, tenant_id, sync_id) values (of_account, of_tenant, of_sync)
  on conflict (account_id) do update set sync_id = excluded.sync_id
  returning * into mine;
  if mine.seated_by is not null then return true; end if;
  update tenant_lines set seated_by = cause, moved_at = now()
  where account_id = of_account and free_seats(of_tenant) > (
    select count(*) from tenant_lines
    where tenant_id = of_tenant and seated_by is null and place < mine.place
  );
  return found;
end $$;

-- Gives a sync's place or seat up, and free seats to those who have waited longest. Returns whoever has been given one
-- by this event, now or when it was delivered before.
create function leave_seat(of_tenant text, of_account text, of_sync text, cause text) returns setof text
language plpgsql as $$
begin
  perform from tenant_lines where tenant_id = of_tenant limit 1;
  if not found then return; end if;
  perform pg_advisory_xact_lock(hashtext('millrace.line'), hashtext(of_tenant));
  delete from tenant_lines where account_id = of_account and sync_id = of_sync;
  update tenant_lines set seated_by = cause, moved_at = now()
  where account_id in (
    select account_id from tenant_lines where tenant_id = of_tenant and seated_by is null
    order by place limit greatest(coalesce(free_seats(of_tenant), 1000), 0)
  );
  return query
    select account_id from tenant_lines where tenant_id = of_tenant and seated_by = cause order by place;
end $$;

-- Whether others of its tenant come before an account, so that it may not start; null for one that is in no line.
create function waits_in_line(of_account text) returns boolean language sql stable as $$
  select coalesce(free_seats(tenant_id) <= (
    select count(*) from (
      select from tenant_lines ahead
      where ahead.tenant_id = mine.tenant_id and ahead.seated_by is null and ahead.place < mine.place
      limit 1000
    ) counted
  ), false)
  from tenant_lines mine where account_id = of_account and seated_by is null
$$;
