-- Up Migration
-- No transaction

-- The newest comparison of an account: what it found, and how often in a row.
drop index concurrently if exists verifications_newest;
create index concurrently verifications_newest on verifications (account_id, ended_at desc)
  where status = 'completed' and sync_id is null;
drop index concurrently if exists verifications_drifting;
create index concurrently verifications_drifting on verifications (account_id) where drifts_in_row >= 2;
drop index concurrently if exists verifications_by_schedule;
create index concurrently verifications_by_schedule on verifications (requested_at)
  where status = 'running' and trigger = 'schedule';
drop index concurrently if exists verifications_under_way;
create index concurrently verifications_under_way on verifications (account_id) where status = 'running';
