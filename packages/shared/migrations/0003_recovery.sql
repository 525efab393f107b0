-- Up Migration

-- Grows with each new connection of the mailbox: what was refused with older credentials says nothing of these.
alter table accounts add column credentials_version integer not null default 1;

-- The provider has it no more, or told us so. Hidden from reads; retention removes it for good.
alter table messages add column deleted_at timestamptz, add column deleted_why text;

-- The bytes of messages that could not be stored as messages. Not a view: nothing else has them.
create table dead_letter_contents (
  account_id   text not null references accounts on delete cascade,
  provider_id  text not null,
  tenant_id    text not null,
  raw          bytea not null,
  kept_at      timestamptz not null default now(),
  primary key (account_id, provider_id)
);

-- Claims that came back suspiciously often. A row that is open while nobody works on it means that its worker died.
create table claims (
  sync_id      text not null,
  chunk_index  integer not null,
  tenant_id    text not null,
  account_id   text not null references accounts on delete cascade,
  is_open      boolean not null,
  message_id   text,
  deaths       integer not null default 0,
  -- {message id: deaths at it}
  deaths_at    jsonb not null default '{}',
  opened_at    timestamptz not null default now(),
  primary key (sync_id, chunk_index)
);

-- When the janitor published a request again that no fact had reached.
alter table sync_requests add column republished_at timestamptz;

-- Epochs after whose beginning the log was set right.
create table restorations (
  epoch        integer primary key,
  restored_at  timestamptz not null default now()
);
