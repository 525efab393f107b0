-- Up Migration

-- Where a tenant wants to be told of what happens. What a delivery decides by stands in the endpoint's row: how it has
-- fared, whether it is left alone for a while, and who sends to it at this moment.
create table webhook_endpoints (
  id                      text primary key,
  tenant_id               text not null references tenants on delete cascade,
  url                     text not null,
  -- The types of messages that it wants.
  events                  text[] not null check (cardinality(events) > 0),
  description             text,
  -- Signing secrets, sealed and bound to tenant and endpoint. After a rotation the one before signs as well, for a time.
  sealed_secret           text not null,
  sealed_previous_secret  text,
  previous_secret_until   timestamptz,
  enabled                 boolean not null default true,
  -- requested: by its tenant; gone: it answered 410; failing: it has taken nothing for days.
  disabled_reason         text check (disabled_reason in ('requested', 'gone', 'failing')),
  disabled_at             timestamptz,
  -- Attempts in a row that failed, since when, and when the last one did.
  failures                integer not null default 0,
  failing_since           timestamptz,
  failed_at               timestamptz,
  -- It is left alone until then: it has failed too often.
  open_until              timestamptz,
  -- Who sends to it, and until when nobody else does.
  turn_id                 text,
  turn_until              timestamptz,
  created_at              timestamptz not null default now(),
  updated_at              timestamptz not null default now(),
  check (enabled = (disabled_reason is null) and enabled = (disabled_at is null))
);
create index webhook_endpoints_by_tenant on webhook_endpoints (tenant_id, id);

-- What each endpoint is told, and what became of it. The body is kept as it was when it was told first: a message that is
-- sent again is the same one.
create table webhook_deliveries (
  -- The message's id: follows from the fact and the endpoint, so that a fact that comes twice is told once.
  id               text primary key,
  tenant_id        text not null,
  endpoint_id      text not null references webhook_endpoints on delete cascade,
  -- Whom it is about; null for a test.
  account_id       text,
  type             text not null,
  body             text not null,
  -- pending: it is tried, or tried again; delivered: it was taken; exhausted: it was given up; skipped: the endpoint was
  -- disabled.
  state            text not null check (state in ('pending', 'delivered', 'exhausted', 'skipped')),
  -- Since it was queued last: by the fact, or by somebody who wants it sent again.
  attempts         integer not null default 0,
  queued_at        timestamptz not null default now(),
  due_at           timestamptz,
  attempted_at     timestamptz,
  last_status      integer,
  last_error       text,
  delivered_at     timestamptz,
  created_at       timestamptz not null default now(),
  check ((state = 'pending') = (due_at is not null))
);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, due_at) where state = 'pending';
create index webhook_deliveries_listed on webhook_deliveries (endpoint_id, created_at, id);
create index webhook_deliveries_by_age on webhook_deliveries (created_at);
create index webhook_deliveries_of_account on webhook_deliveries (account_id);
