-- Up Migration

-- What happened in a minute, by the clocks of those who appended the facts: charts and rates read this, and not the facts. A
-- view like the others: it follows from the events, and is rebuilt from them. The janitor removes old minutes.
create table activity_minutes (
  tenant_id        text not null,
  -- Minutes since 1970-01-01 UTC.
  minute           integer not null,
  -- Messages whose chunk was settled, in each ten seconds of it.
  slices           integer[] not null,
  syncs_started    integer not null,
  syncs_completed  integer not null,
  syncs_partial    integer not null,
  syncs_failed     integer not null,
  syncs_cancelled  integer not null,
  syncs_coalesced  integer not null,
  -- Messages that were set aside.
  dead_lettered    integer not null,
  -- Attempts that failed, and messages that were set aside one by one, by category.
  failures         jsonb not null,
  -- The newest event that counts in it.
  epoch            integer not null,
  seq              bigint not null,
  primary key (tenant_id, minute)
) with (fillfactor = 60); -- the row of this minute is written with every batch: there is room for that on its page
create index activity_minutes_by_age on activity_minutes (minute);
