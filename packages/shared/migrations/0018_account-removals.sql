-- Up Migration

-- Since when nothing may be done for the account any more, and nothing of it be read: its removal was asked for.
alter table accounts
  add column removing_at  timestamptz,
  -- The request that asked for it.
  add column removing_by  text;
create index accounts_removing on accounts (removing_at) where removing_at is not null;

-- How far the janitor is with removing an account. Rows are there only while it is at it: what remains of a removed account
-- is the fact that says so. Work of the janitor, not a view: what the events tell stands in account_states.
create table account_removals (
  account_id    text primary key,
  tenant_id     text not null,
  requested_at  timestamptz(3) not null,
  request_id    text not null,
  step          text not null
    check (step in ('watch', 'grant', 'queue', 'mail', 'rest', 'blobs', 'account', 'fact', 'trail', 'log')),
  -- The last steps run a second time, some time after the first, for what slow workers have left meanwhile.
  is_sweep      boolean not null default false,
  has_watch     boolean not null,
  -- What came of telling the provider; null until it was told.
  watch         text,
  consent       text,
  -- What was removed so far, counted by the statements that remove it.
  messages      bigint not null default 0,
  attachments   bigint not null default 0,
  blobs         bigint not null default 0,
  -- Attempts in a row that did not finish the step, and why the last of them did not: {message, at}.
  attempts      integer not null default 0,
  failure       jsonb,
  -- When the next turn is; moved ahead by whoever claims it.
  due_at        timestamptz not null default now()
);
create index account_removals_due on account_removals (due_at);

-- Contents that messages of the account had: each is removed unless a row of another account names it.
create table account_removal_blobs (
  account_id  text not null references account_removals on delete cascade,
  sha256      text not null,
  tenant_id   text not null,
  primary key (account_id, sha256)
);

-- A removal ends several syncs at once.
drop index events_about_several_syncs;
create index events_about_several_syncs on events (account_id, epoch, seq)
  where type in ('account.reconnected', 'account.restored', 'account.removal_requested');

-- Accounts that are leaving, or have left.
create index account_states_leaving on account_states (account_id) where status in ('removing', 'removed');
