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

-- A mailbox of a tenant is one account, however its address is written.
drop index accounts_by_mailbox_key;
drop index accounts_by_mailbox;
create unique index accounts_by_mailbox_key on accounts (provider, mailbox_key(email), tenant_id);
