-- Up Migration

-- One mailbox has one key, however its address is written. Gmail takes no notice of case, of dots, and of what follows
-- a plus sign; its notifications name a mailbox by one of its addresses.
create function mailbox_key(email text) returns text immutable parallel safe language sql
  return case
    when split_part(lower(trim(email)), '@', 2) in ('gmail.com', 'googlemail.com')
      then replace(split_part(split_part(lower(trim(email)), '@', 1), '+', 1), '.', '') || '@gmail.com'
    else lower(trim(email))
  end;
create index accounts_by_mailbox_key on accounts (provider, mailbox_key(email));

-- Whether the provider tells us of changes of a mailbox. Written by the janitor, which sets watches, and by the API,
-- which takes their notifications.
create table watches (
  account_id           text primary key references accounts on delete cascade,
  tenant_id            text not null,
  -- unset: not set yet; active: we are told; silent: it is set, and polls found changes that we were not told of;
  -- lapsed: it has ended, and could not be renewed in time.
  status               text not null default 'unset' check (status in ('unset', 'active', 'silent', 'lapsed')),
  expires_at           timestamptz,
  renewed_at           timestamptz,
  -- The newest notification of the mailbox that was taken.
  notified_at          timestamptz,
  -- The credentials that it is set with: newer ones have it set anew, at once.
  credentials_version  integer not null,
  -- When the janitor sets it the next time; moved ahead by whoever claims that.
  due_at               timestamptz not null,
  -- Attempts in a row that did not set it, and the newest of them: {category, message, at}.
  attempts             integer not null default 0,
  failure              jsonb,
  -- A fact tells of these attempts.
  failure_told         boolean not null default false
);
create index watches_due on watches (due_at);
create index watches_expiring on watches (expires_at) where status in ('active', 'silent');

-- Polls that found something: whoever looks for silent watches reads the newest of them.
create index syncs_polled on syncs (ended_at) where trigger = 'schedule' and listed > 0;
