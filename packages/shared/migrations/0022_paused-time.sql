-- Up Migration

-- How long a sync has paused since it started, for how long it will still take.
alter table syncs add column paused_ms bigint not null default 0;
