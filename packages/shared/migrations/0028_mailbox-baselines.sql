-- Up Migration

-- Which look at the whole mailbox is the newest: who takes one writes another mark, before it asks the provider. What was
-- fetched under an earlier mark is not stored any more, because what has become of it since is in no change that is read later.
create table mailbox_baselines (
  account_id  text primary key,
  tenant_id   text not null,
  mark        uuid not null default gen_random_uuid(),
  taken_at    timestamptz not null default now(),
  foreign key (tenant_id, account_id) references accounts (tenant_id, id) on delete cascade
);
