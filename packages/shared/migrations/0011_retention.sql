-- Up Migration

-- What retention looks for.
create index messages_by_deletion on messages (account_id, deleted_at) where deleted_at is not null;

-- Who these rows are: a blob store that holds another installation's content is left alone. A dump and its restoration
-- are the same installation.
create table installation (
  id          text primary key,
  created_at  timestamptz not null default now()
);
insert into installation (id) values (gen_random_uuid()::text);
create unique index installation_is_one on installation ((true));

-- When an attempt was counted last: an outage of minutes must not spend them all.
alter table attachments add column attempted_at timestamptz;
create index attachments_given_up on attachments (account_id) where failure is not null;

-- When messages were relieved of a label last. They are until an hour after it was doubted or removed: by then, nothing
-- that was fetched before is still being written.
alter table removed_labels add column relieved_at timestamptz;

-- A mailbox of a tenant is one account, however its address is written. Which of two that exist is the right one, only its
-- owner knows.
do $$
declare
  doubled text;
begin
  select string_agg(same.ids, '; ') into doubled from (
    select string_agg(id, ' and ' order by created_at) as ids from accounts
    group by provider, mailbox_key(email), tenant_id having count(*) > 1
  ) same;
  if doubled is not null then
    raise exception 'These accounts are the same mailbox, their addresses differ in dots or what follows a plus sign only: %', doubled
      using hint = 'Delete all but one of each from the table accounts, which removes their copies of the mail, and start again.';
  end if;
end
$$;
drop index accounts_by_mailbox_key;
drop index accounts_by_mailbox;
create unique index accounts_by_mailbox_key on accounts (provider, mailbox_key(email), tenant_id);
