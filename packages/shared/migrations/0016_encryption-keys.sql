-- Up Migration

-- Which keys have sealed something that is still here, each with a sample: a service that is given another key under the
-- same name, or lacks one, says so when it starts, and not when a mailbox is read. Belongs to no tenant, and holds no key.
create table encryption_keys (
  id          text primary key,
  sample      text not null,
  created_at  timestamptz not null default now()
);
