-- Up Migration

-- Policies and privileges follow from packages/shared/src/postgres/database-rights.ts and are put on after the migrations.
-- Here is what they need beside the tables.

-- The tenants whose rows this transaction may see; null: none were named.
create function named_tenants() returns text[] stable parallel safe language sql
  return nullif(current_setting('millrace.tenants', true), '')::text[];

-- Whether any row of any tenant names one of these contents: of whole stores, to know whose they are. Says nothing else.
create function names_any_blob(names text[]) returns boolean stable security definer language sql
  return exists (select from attachments where sha256 = any (names));
revoke execute on function names_any_blob(text[]) from public;

-- Policies are a barrier: an index whose operator might betray a row (@@, @>, a function) is not used below one. These views
-- show the rows of the named tenants too, under their owner's rights, and are none. They are for statements that need such
-- an index, and hold only what those need.

create view searched_messages as
  select * from messages
  where tenant_id = any ((select named_tenants())::text[]);

create view message_labels as
  select account_id, provider_id, tenant_id, label_ids from messages
  where tenant_id = any ((select named_tenants())::text[])
  with check option;

-- The same mailbox may be connected by several tenants: whoever was notified of it, or takes leave of it, looks at all.
create view mailboxes as
  select id, tenant_id, provider, email, removing_at from accounts
  where tenant_id = any ((select named_tenants())::text[])
    or (select current_setting('millrace.tenants', true)) = '{*}';
