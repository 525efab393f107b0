-- Up Migration

alter table tenants
  -- Where a person's browser may be sent back to after a mailbox was connected: addresses, or the beginning of them.
  add column return_urls      text[] not null default '{}',
  -- Whose pages may read answers with a browser token: https://app.example.com
  add column browser_origins  text[] not null default '{}',
  add column updated_at       timestamptz not null default now();

alter table api_keys
  add column scopes        text[] not null default '{read,write,admin}'
    check (scopes <> '{}' and scopes <@ '{read,write,admin}'),
  -- Its first characters, to be known again by; null for keys from before this was kept.
  add column hint          text,
  add column expires_at    timestamptz,
  -- To the minute.
  add column last_used_at  timestamptz,
  -- The key that it was made to follow.
  add column replaces      text;
-- Who makes a key says what it may do.
alter table api_keys alter column scopes drop default;
create index api_keys_by_tenant on api_keys (tenant_id, id);

-- What a page in a browser holds instead of a key. It is worth as much as the key that it was made with is at that moment.
create table browser_tokens (
  id          text primary key,
  tenant_id   text not null references tenants on delete cascade,
  key_id      text not null references api_keys on delete cascade,
  token_hash  bytea not null unique,
  -- The one sync that may be watched with it; null: all of the tenant.
  sync_id     text,
  created_at  timestamptz not null default now(),
  expires_at  timestamptz not null
);
create index browser_tokens_by_end on browser_tokens (expires_at);

-- Who has asked for what was done. An entry is written before anything is done, and told the outcome afterwards: one
-- without an outcome is of a request whose process died. It outlives what it is about.
create table audit_entries (
  id          text primary key,
  -- Null: about no single tenant.
  tenant_id   text,
  at          timestamptz not null default now(),
  actor_kind  text not null check (actor_kind in ('operator', 'key')),
  -- The key's id; of an operator's key the beginning of its hash.
  actor_id    text not null,
  method      text not null,
  -- As it is described: /v1/accounts/:id
  route       text not null,
  -- The ids in the address.
  params      jsonb not null,
  request_id  text not null,
  address     text not null,
  -- Of the answer.
  status      integer
);
create index audit_entries_by_tenant on audit_entries (tenant_id, id);
create index audit_entries_by_age on audit_entries (at);
