-- Up Migration

-- Verifications: the provider's ids and labels, listed again and compared with the store.

create table verifications (
  id              text primary key,
  tenant_id       text not null references tenants on delete cascade,
  account_id      text not null references accounts on delete cascade,
  -- Whether a sync shall take in what is found.
  repair          boolean not null,
  status          text not null default 'running' check (status in ('running', 'completed', 'failed')),
  -- Grows with each claim of the work; whoever holds an older one moves nothing any more.
  claim           integer not null default 0,
  -- How far the work is: the next claim goes on there.
  position        jsonb not null,
  pages           integer not null default 0,
  -- The provider's watermark before the listing began, and the labels that are listed by.
  baseline        text,
  label_ids       text[] not null default '{}',
  listed          bigint not null default 0,
  stored          bigint,
  missing         bigint,
  extra           bigint,
  changed         bigint,
  repair_sync_id  text,
  failure         jsonb,
  requested_at    timestamptz not null default now(),
  -- When the baseline was taken: what happens after it is not judged.
  started_at      timestamptz,
  ended_at        timestamptz
);
create unique index verifications_running on verifications (account_id) where status = 'running';
create index verifications_by_end on verifications (ended_at) where ended_at is not null;

-- What the provider showed of each message. Once a verification has ended only its findings are kept, for a while.
create table verification_messages (
  verification_id  text not null references verifications on delete cascade,
  provider_id      text not null,
  tenant_id        text not null,
  -- A listing of the whole mailbox shows it, as a full sync lists it.
  listed           boolean not null default false,
  -- From listings by label, which show spam and trash as well.
  label_ids        text[] not null default '{}',
  -- What happened to it during the verification.
  appeared         boolean not null default false,
  vanished         boolean not null default false,
  relabelled       boolean not null default false,
  finding          text check (finding in ('missing', 'extra', 'changed')),
  -- The finding needs no second look (any more).
  confirmed        boolean not null default false,
  primary key (verification_id, provider_id)
);
create index verification_findings on verification_messages (verification_id, provider_id) where finding is not null;
