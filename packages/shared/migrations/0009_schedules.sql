-- Up Migration

-- When each account is looked at by itself. Written by the API, which sets schedules, and by the janitor, which keeps
-- them. An account without a row is not looked at.
create table schedules (
  account_id        text primary key references accounts on delete cascade,
  tenant_id         text not null,
  -- As the API takes it: {"kind": "adaptive" | "interval" | "cron" | "none", …}.
  schedule          jsonb not null default '{"kind": "adaptive", "mode": "auto"}',
  -- Null when there is none. In milliseconds, as the id of the sync is derived from it.
  next_run_at       timestamptz(3),
  -- When it was last looked at, or a sync was asked for.
  last_run_at       timestamptz(3),
  -- The newest sync that the schedule asked for, and when.
  last_sync_id      text,
  last_asked_at     timestamptz(3),
  -- Adaptive: how long the last distance was, without its jitter.
  interval_seconds  integer not null default 900
);
create index schedules_due on schedules (next_run_at) where next_run_at is not null;

-- Accounts that are connected already: their first looks spread over a quarter of an hour.
insert into schedules (account_id, tenant_id, next_run_at)
select id, tenant_id, now() + random() * interval '15 minutes' from accounts;
