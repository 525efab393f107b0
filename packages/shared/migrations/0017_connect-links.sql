-- Up Migration

-- Links by which people connect their mailboxes, in a browser and with the provider's consent. A link bears no secret: what
-- is sent to the person is its id, sealed.
create table connect_links (
  id                 text primary key,
  tenant_id          text not null references tenants on delete cascade,
  -- Where the browser goes in the end. Compared with the tenant's list when the link is made and before it is used.
  return_url         text not null,
  -- {content, attachments, schedule, access, loginHint}: what the account is made with, and what the person is asked for.
  options            jsonb not null,
  -- The link connects this account again, and no other mailbox.
  target_account_id  text references accounts on delete cascade,
  created_at         timestamptz not null default now(),
  expires_at         timestamptz not null,
  -- The account that it has connected; the link is used up then.
  account_id         text references accounts on delete cascade,
  connected_at       timestamptz,
  -- Random: only the browser that has brought the consent has it, beside the tenant's server.
  receipt            text,
  -- The first sync, where it was asked for with it.
  sync_id            text,
  -- Why the newest attempt failed: a word of a list of ours.
  failure            text,
  failed_at          timestamptz,
  check ((account_id is null) = (connected_at is null)),
  check ((failure is null) = (failed_at is null))
);
create index connect_links_by_expiry on connect_links (expires_at);
create index connect_links_by_tenant on connect_links (tenant_id);
create index connect_links_by_target on connect_links (target_account_id) where target_account_id is not null;
create index connect_links_by_account on connect_links (account_id) where account_id is not null;

-- One way of one browser to the consent page and back.
create table connect_attempts (
  id               text primary key,
  tenant_id        text not null,
  link_id          text not null references connect_links on delete cascade,
  -- SHA-256 of the secret in the browser's cookie: whoever has the state and not the cookie is somebody else.
  browser_hash     bytea not null,
  -- The PKCE verifier, sealed with AES-256-GCM and bound to tenant and attempt.
  sealed_verifier  text not null,
  redirect_uri     text not null,
  created_at       timestamptz not null default now(),
  expires_at       timestamptz not null,
  -- Set once, by whoever comes back first: the state is good once.
  consumed_at      timestamptz
);
create index connect_attempts_by_link on connect_attempts (link_id);
