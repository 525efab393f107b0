-- Up Migration

-- Everything that happened to the account by then and is not in the audit trail any more has been forgotten: a log that was
-- restored from an older copy tells it again, and it does not count.
alter table account_states add column forgotten_until timestamptz;

-- Syncs that are being forgotten: their fact is told, or is about to be, and what belongs to them is removed in pieces. Work of
-- the janitor, not a view.
create table sync_removals (
  sync_id     text primary key,
  tenant_id   text not null,
  account_id  text not null,
  -- The fact that tells of it.
  event_id    text not null,
  begun_at    timestamptz not null default now()
);
create index sync_removals_by_account on sync_removals (account_id);

-- Periods that are the tenant's own: {"finishedSyncsDays": 90}. What is not named is as it is for everybody.
alter table tenants add column retention jsonb not null default '{}';

-- Since when nothing of the account may be removed (a legal hold), and why.
alter table accounts
  add column held_at      timestamptz,
  add column held_reason  text;
create index accounts_held on accounts (id) where held_at is not null;

-- Runs of the janitor's retention: of a schedule, or asked for. Rows go after 90 days.
create table retention_runs (
  id            text primary key,
  task          text not null,
  -- Whose data it looks at; null: everybody's.
  tenant_id     text,
  dry_run       boolean not null,
  -- The key that asked for it; null: its schedule.
  asked_by      text,
  state         text not null check (state in ('requested', 'running', 'completed', 'failed', 'stopped')),
  requested_at  timestamptz not null default now(),
  started_at    timestamptz,
  ended_at      timestamptz,
  -- Rows and objects by kind; with dry_run what would be removed.
  removed       jsonb not null default '{}',
  bytes         bigint not null default 0,
  failure       text
);
create index retention_runs_by_time on retention_runs (requested_at desc, id desc);
create index retention_runs_open on retention_runs (requested_at) where state in ('requested', 'running');
create index retention_runs_by_task on retention_runs (task, ended_at desc) where asked_by is null;

-- What a run has removed of each tenant: the tenant's own account of it, so that nobody needs to see the others'.
create table retention_run_tenants (
  run_id      text not null,
  tenant_id   text not null,
  task        text not null,
  dry_run     boolean not null,
  started_at  timestamptz not null,
  ended_at    timestamptz not null,
  removed     jsonb not null,
  bytes       bigint not null,
  primary key (run_id, tenant_id)
);
create index retention_run_tenants_by_time on retention_run_tenants (tenant_id, ended_at desc, run_id desc);
create index retention_run_tenants_by_age on retention_run_tenants (ended_at);
