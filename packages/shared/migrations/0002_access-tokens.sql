-- Up Migration

-- Access tokens, shared by all processes that work for an account: one of them asks the provider for a new one,
-- the others find it here. A cache with a memory of failures: losing the table costs one refresh an account.
create table access_tokens (
  account_id        text primary key references accounts on delete cascade,
  tenant_id         text not null,
  -- Grows by one with each change: who writes names the version that was read, and the first writer wins.
  version           integer not null,
  -- SHA-256 of the refresh token that it came from: a new connection of the mailbox is another grant.
  grant_hash        text not null,
  -- Sealed with AES-256-GCM, bound to tenant and account. Null while there is none that may be used.
  sealed_token      text,
  refreshed_at      timestamptz,
  expires_at        timestamptz,
  -- Somebody asks the provider for a new token until then at the latest; whoever dies doing so holds up nobody longer.
  refreshing_until  timestamptz,
  -- Why the last refreshes failed, how often in a row, and until when nobody asks again. Holds no secret.
  failure           jsonb,
  check ((sealed_token is null) = (refreshed_at is null) and (sealed_token is null) = (expires_at is null))
);
