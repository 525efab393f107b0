-- Up Migration

-- Whether the run did all that there was to do. One that ended after its share has left something, which the next run does soon.
alter table retention_runs add column done boolean not null default true;
alter table retention_run_tenants add column done boolean not null default true;
