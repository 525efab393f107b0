-- Up Migration
-- No transaction

-- Of a chunk that is open: its messages that are dealt with, as its attempts told; 0 once it is settled. So what is there already
-- has the right value, but for chunks that are failing now: those get it with their next attempt.
alter table chunks add column if not exists handled integer not null default 0;

-- What of this is in chunks that have settled, and not in what the sync's row counts as settled: it is anything but 0 only after
-- the log was restored from an older copy.
alter table syncs add column if not exists handled_uncounted integer not null default 0;

-- Of each sync that is shown they are added up. They are few, and for a short time.
drop index concurrently if exists chunks_handled;
create index concurrently chunks_handled on chunks (sync_id) where handled > 0;
