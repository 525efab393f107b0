-- Up Migration
-- No transaction

-- Retention looks for facts of accounts, not of their syncs, that are old.
drop index concurrently if exists events_of_accounts_by_age;
create index concurrently events_of_accounts_by_age on events (happened_at) where sync_id is null;
