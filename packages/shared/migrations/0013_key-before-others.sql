-- Up Migration

-- Of indexes that seem equally good Postgres takes the one that was made last, and of a table that has no statistics yet
-- all that begin with the account seem equally good. So the key has to be the last one: each attachment looks its message
-- up through it, and through another index that reads all that the account has, until statistics are there.
alter table attachments drop constraint attachments_account_id_provider_id_fkey;
alter table message_contents drop constraint message_contents_account_id_provider_id_fkey;
alter table messages drop constraint messages_pkey;
alter table messages add constraint messages_pkey primary key (account_id, provider_id);
alter table attachments add constraint attachments_account_id_provider_id_fkey
  foreign key (account_id, provider_id) references messages on delete cascade;
alter table message_contents add constraint message_contents_account_id_provider_id_fkey
  foreign key (account_id, provider_id) references messages on delete cascade;
