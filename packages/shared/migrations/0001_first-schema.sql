-- Up Migration

-- Tenancy. Every table below bears tenant_id, also where it could be joined: the wall between tenants must be
-- checkable on each row alone.

create table tenants (
  id          text primary key,
  name        text not null,
  created_at  timestamptz not null default now()
);

create table api_keys (
  id            text primary key,
  tenant_id     text not null references tenants on delete cascade,
  name          text not null,
  -- SHA-256 of the key. The key has 160 random bits, so a slow hash would add nothing.
  key_hash      bytea not null unique,
  created_at    timestamptz not null default now(),
  revoked_at    timestamptz
);

create table accounts (
  id                  text primary key,
  tenant_id           text not null references tenants on delete cascade,
  provider            text not null check (provider in ('gmail')),
  email               text not null,
  content             text not null default 'full' check (content in ('metadata', 'full', 'raw')),
  -- Sealed with AES-256-GCM; the record names its key and is bound to tenant and account.
  sealed_credentials  text not null,
  created_at          timestamptz not null default now(),
  updated_at          timestamptz not null default now(),
  unique (tenant_id, provider, email)
);
-- Upper and lower case name the same mailbox.
create unique index accounts_by_mailbox on accounts (tenant_id, provider, lower(email));

-- What the API accepted, written before it is published: an idempotency key finds its sync here, and a sync
-- that no fact has reached yet can be shown as requested.
create table sync_requests (
  sync_id          text primary key,
  tenant_id        text not null references tenants on delete cascade,
  account_id       text not null references accounts on delete cascade,
  idempotency_key  text,
  -- SHA-256 of the request's body: the same key with another body is an error of the client.
  body_hash        bytea not null,
  request          jsonb not null,
  created_at       timestamptz not null default now(),
  unique (tenant_id, idempotency_key)
);
create index sync_requests_by_account on sync_requests (account_id, created_at desc);
create index sync_requests_by_tenant on sync_requests (tenant_id, created_at desc, sync_id desc);

-- Mail, as fetched.

create table messages (
  account_id         text not null references accounts on delete cascade,
  provider_id        text not null,
  tenant_id          text not null,
  -- Derived from account and provider_id, so that the same message always has the same id.
  id                 text not null unique,
  thread_id          text,
  history_id         text,
  label_ids          text[] not null,
  received_at        timestamptz,
  sent_at            timestamptz,
  size_bytes         bigint not null,
  snippet            text not null,
  subject            text,
  message_id_header  text,
  in_reply_to        text,
  reference_ids      text[] not null,
  -- [[name, value], …] in the order of the message.
  headers            jsonb not null,
  -- {from, sender, replyTo, to, cc, bcc}, each [{name, address}, …].
  addresses          jsonb not null,
  text_body          text,
  html_body          text,
  content            text not null,
  raw_sha256         text,
  defects            text[] not null,
  search             tsvector not null,
  -- Which sync and chunk wrote it: a chunk that comes again after its commit recognises its own work.
  sync_id            text not null,
  chunk_index        integer not null,
  stored_at          timestamptz not null default now(),
  primary key (account_id, provider_id)
);
create index messages_by_date on messages (account_id, received_at desc nulls last, id desc);
create index messages_by_thread on messages (account_id, thread_id);
create index messages_by_label on messages using gin (label_ids);
create index messages_by_word on messages using gin (search);

-- The exact bytes, apart from the row that lists and searches read.
create table message_contents (
  account_id   text not null,
  provider_id  text not null,
  tenant_id    text not null,
  raw          bytea not null,
  primary key (account_id, provider_id),
  foreign key (account_id, provider_id) references messages on delete cascade
);

create table attachments (
  account_id              text not null,
  provider_id             text not null,
  part_id                 text not null,
  tenant_id               text not null,
  position                integer not null,
  filename                text,
  mime_type               text not null,
  size_bytes              bigint not null,
  content_id              text,
  disposition             text,
  provider_attachment_id  text,
  primary key (account_id, provider_id, part_id),
  foreign key (account_id, provider_id) references messages on delete cascade
);

create table dead_letters (
  id            text primary key,
  tenant_id     text not null,
  account_id    text not null references accounts on delete cascade,
  sync_id       text not null,
  chunk_index   integer not null,
  provider_id   text,
  category      text not null,
  error         text not null,
  attempts      integer not null,
  raw           bytea,
  created_at    timestamptz not null default now(),
  unique (sync_id, chunk_index, provider_id)
);
create index dead_letters_by_tenant on dead_letters (tenant_id, created_at desc);

-- The projection. Everything below is rebuilt from the log, and written only by the projector.

-- How far the log has been applied. A new epoch begins when the stream is not the one that was read before.
create table checkpoints (
  name            text primary key,
  epoch           integer not null,
  stream_created  text not null,
  seq             bigint not null,
  updated_at      timestamptz not null default now()
);

-- The audit trail: every fact, as it was appended.
create table events (
  epoch       integer not null,
  seq         bigint not null,
  id          text not null,
  tenant_id   text not null,
  account_id  text not null,
  sync_id     text,
  type        text not null,
  source      text not null,
  happened_at timestamptz not null,
  fact        jsonb not null,
  primary key (epoch, seq)
);
create index events_by_sync on events (sync_id, epoch, seq) where sync_id is not null;
create index events_by_account on events (account_id, epoch, seq);
create index events_by_tenant on events (tenant_id, epoch, seq);

create table account_states (
  account_id      text primary key,
  tenant_id       text not null,
  active_sync_id  text,
  watermark       text,
  last_sync_id    text,
  last_synced_at  timestamptz,
  epoch           integer not null,
  seq             bigint not null
);

create table syncs (
  id                  text primary key,
  tenant_id           text not null,
  account_id          text not null,
  status              text not null,
  requested_mode      text,
  mode                text,
  trigger             text,
  scope               jsonb not null default '{}',
  chunk_size          integer,
  window_chunks       integer,
  content             text,
  baseline            text,
  watermark           text,
  coalesced_into      text,
  failure             jsonb,
  requested_at        timestamptz,
  started_at          timestamptz,
  ended_at            timestamptz,
  listed              bigint not null default 0,
  listing_complete    boolean not null default false,
  estimated_total     bigint,
  chunks_listed       integer not null default 0,
  chunks_settled      integer not null default 0,
  settled             bigint not null default 0,
  stored              bigint not null default 0,
  unchanged           bigint not null default 0,
  gone                bigint not null default 0,
  dead_lettered       bigint not null default 0,
  created_at          timestamptz not null,
  -- The log position that this row reflects; it only grows.
  epoch               integer not null,
  seq                 bigint not null
);
create index syncs_by_account on syncs (account_id, created_at desc, id desc);
create index syncs_by_tenant on syncs (tenant_id, created_at desc, id desc);
create index syncs_running on syncs (tenant_id) where ended_at is null;
-- Live streams read what changed after a position. Rows change a few times a second at most, so that these
-- updates cannot be heap-only costs nothing worth saving.
create index syncs_by_version on syncs (tenant_id, epoch, seq);
create index syncs_by_end on syncs (tenant_id, ended_at desc) where ended_at is not null;

create table chunks (
  sync_id        text not null,
  chunk_index    integer not null,
  tenant_id      text not null,
  account_id     text not null,
  page_number    integer not null,
  lane           text not null,
  size           integer not null,
  listed_at      timestamptz not null,
  settled_at     timestamptz,
  attempt        integer,
  stored         integer not null default 0,
  unchanged      integer not null default 0,
  gone           integer not null default 0,
  dead_lettered  integer not null default 0,
  epoch          integer not null,
  seq            bigint not null,
  primary key (sync_id, chunk_index)
);
