-- Up Migration
-- No transaction

-- Retention looks through requests from their oldest on, some at a time.
drop index concurrently if exists sync_requests_by_age;
create index concurrently sync_requests_by_age on sync_requests (created_at);
