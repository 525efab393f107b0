-- Up Migration

-- Syncs that pause, what keeps them from getting on, and how often their work was planned anew.
alter table syncs
  add column paused             jsonb,
  add column trouble            jsonb,
  add column repair_of          text,
  add column run                bigint not null default 0,
  -- Revision of the newest checkpoint that the numbers were read from.
  add column progress_revision  bigint not null default 0;

alter table chunks
  add column state            text not null default 'listed',
  -- Attempts that are known of; "attempt" is the one that settled it.
  add column attempts         integer not null default 0,
  add column last_fault       jsonb,
  add column next_attempt_at  timestamptz;
update chunks set state = 'settled', attempts = coalesce(attempt, 0) where settled_at is not null;

alter table account_states
  add column status          text not null default 'connected',
  add column status_since    timestamptz,
  add column status_message  text;

-- One row a message that was set aside, as the events tell it. What was fetched of it is kept elsewhere: a view
-- holds nothing that the events do not. Settled ones stay, for the audit trail.
drop table dead_letters;
create table dead_letters (
  id           text primary key,
  tenant_id    text not null,
  account_id   text not null,
  sync_id      text not null,
  chunk_index  integer not null,
  ordinal      integer not null,
  provider_id  text not null,
  scope        text not null,
  category     text not null,
  error        text not null,
  attempts     integer not null,
  state        text not null,
  outcome      text,
  content      text,
  created_at   timestamptz not null,
  updated_at   timestamptz not null,
  epoch        integer not null,
  seq          bigint not null
);
create index dead_letters_by_tenant on dead_letters (tenant_id, created_at desc, id desc);
create index dead_letters_by_account on dead_letters (account_id, created_at desc, id desc);
create index dead_letters_by_sync on dead_letters (sync_id, ordinal);
-- Most are settled sooner or later; those that are not are looked for again and again.
create index dead_letters_unsettled on dead_letters (tenant_id, created_at desc, id desc)
  where state in ('open', 'redriving');

-- A log that was restored from an older copy tells again what was applied in an earlier epoch.
create index events_by_id on events (id);

alter table checkpoints
  -- The event at the checkpoint: a log that holds another one there is another log.
  add column event_id        text,
  -- Set while a Postgres that was restored from an older backup catches up: mail that events up to here tell of
  -- may be missing.
  add column restored_until  bigint,
  add column restored_at     timestamptz(3);

-- Accounts whose mail may be missing although the log says that it was stored, and since when.
create table repairs (
  account_id  text primary key,
  tenant_id   text not null,
  reason      text not null,
  since       timestamptz(3) not null
);
