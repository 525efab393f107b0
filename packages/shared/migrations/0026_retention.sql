-- Up Migration

-- Everything that happened to the account by then and is not in the audit trail any more has been forgotten: a log that was
-- restored from an older copy tells it again, and it does not count.
alter table account_states add column forgotten_until timestamptz;

-- Syncs that are being forgotten: their fact is told, or is about to be, and what belongs to them is removed in pieces. Work of
-- the janitor, not a view.
create table sync_removals (
  sync_id     text primary key,
  tenant_id   text not null,
  account_id  text not null,
  -- The fact that tells of it.
  event_id    text not null,
  begun_at    timestamptz not null default now()
);
create index sync_removals_by_account on sync_removals (account_id);

-- Periods that are the tenant's own: {"finishedSyncsDays": 90}. What is not named is as it is for everybody.
alter table tenants add column retention jsonb not null default '{}';

-- Since when nothing of the account may be removed (a legal hold), and why.
alter table accounts
  add column held_at      timestamptz,
  add column held_reason  text;
create index accounts_held on accounts (id) where held_at is not null;
