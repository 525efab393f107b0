-- Up Migration

-- A row refers to rows of its own tenant only. Policies look at the tenant that a row names, and a reference is checked with
-- its owner's eyes: a statement that named one tenant and another's account would have been taken.
-- Rows from before are not looked through: that would lock out whoever writes meanwhile, and they were made one by one.
create unique index accounts_of_tenant on accounts (tenant_id, id);
create unique index account_removals_of_tenant on account_removals (tenant_id, account_id);
create unique index api_keys_of_tenant on api_keys (tenant_id, id);
create unique index connect_links_of_tenant on connect_links (tenant_id, id);
create unique index verifications_of_tenant on verifications (tenant_id, id);
create unique index webhook_endpoints_of_tenant on webhook_endpoints (tenant_id, id);

do $$
declare reference record;
begin
  for reference in
    select c.conrelid::regclass as source, c.conname as name, s.attname as source_column, c.confrelid::regclass as target,
      t.attname as target_column
    from pg_constraint c
    join pg_attribute s on s.attrelid = c.conrelid and s.attnum = c.conkey[1]
    join pg_attribute t on t.attrelid = c.confrelid and t.attnum = c.confkey[1]
    where c.contype = 'f' and cardinality(c.conkey) = 1 and c.confdeltype = 'c' and c.confrelid in (
      'accounts'::regclass, 'account_removals'::regclass, 'api_keys'::regclass, 'connect_links'::regclass,
      'verifications'::regclass, 'webhook_endpoints'::regclass)
    order by c.conrelid::regclass::text, c.conname
  loop
    execute format('alter table %s drop constraint %I', reference.source, reference.name);
    execute format(
      'alter table %s add constraint %I foreign key (tenant_id, %I) references %s (tenant_id, %I) on delete cascade not valid',
      reference.source, reference.name, reference.source_column, reference.target, reference.target_column);
  end loop;
end $$;

-- What a list of messages needs and shows, and nothing else: no bodies.
drop view searched_messages;
create view searched_messages as
  select id, tenant_id, account_id, provider_id, thread_id, subject, addresses, received_at, label_ids, snippet, size_bytes,
    deleted_at, deleted_why, search
  from messages
  where tenant_id = any ((select named_tenants())::text[]);

-- Databases that were made before Postgres 15 let everybody make things in the schema `public`.
do $$ begin execute format('revoke create on schema %I from public', current_schema()); end $$;
