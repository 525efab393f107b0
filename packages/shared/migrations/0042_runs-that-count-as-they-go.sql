-- Up Migration

-- What a run has removed is added to its rows by the transaction that removes it: whoever goes on with the run after a death
-- knows what went before. Rows of a run that is under way are not shown to their tenants yet.
alter table retention_run_tenants add column running boolean not null default false;

-- Adds up what was removed of one kind: parts are [{"tenantId": … or null, "count": …, "bytes": …}, …]. As the owner, because it
-- is called in transactions that see one tenant's rows only.
create function note_removed(of_run text, kind text, parts jsonb) returns void
security definer language plpgsql as $$
begin
  insert into retention_run_tenants as known
    (run_id, tenant_id, task, dry_run, started_at, ended_at, removed, bytes, done, running)
  select run.id, part."tenantId", run.task, run.dry_run, coalesce(run.started_at, now()), now(),
    jsonb_build_object(kind, sum(part.count)), sum(coalesce(part.bytes, 0)), false, true
  from retention_runs run, jsonb_to_recordset(parts) as part ("tenantId" text, count bigint, bytes bigint)
  where run.id = of_run and part."tenantId" is not null
  group by run.id, part."tenantId"
  on conflict (run_id, tenant_id) do update set
    removed = known.removed || jsonb_build_object(kind,
      coalesce((known.removed ->> kind)::bigint, 0) + (excluded.removed ->> kind)::bigint),
    bytes = known.bytes + excluded.bytes;
  update retention_runs run set
    removed = run.removed || jsonb_build_object(kind, coalesce((run.removed ->> kind)::bigint, 0) + all_parts.count),
    bytes = run.bytes + all_parts.bytes
  from (
    select sum(part.count) as count, sum(coalesce(part.bytes, 0)) as bytes
    from jsonb_to_recordset(parts) as part (count bigint, bytes bigint)
  ) as all_parts
  where run.id = of_run and all_parts.count > 0;
end $$;
revoke execute on function note_removed(text, text, jsonb) from public;
do $$ begin execute format('alter function note_removed(text, text, jsonb) set search_path = %I, pg_temp', current_schema()); end $$;
