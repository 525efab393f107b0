-- Up Migration
-- No transaction

-- Retention looks for requests whose idempotency key has had its time, and for labels that are gone for long.
drop index concurrently if exists sync_requests_keyed;
create index concurrently sync_requests_keyed on sync_requests (created_at) where idempotency_key is not null;
drop index concurrently if exists removed_labels_by_age;
create index concurrently removed_labels_by_age on removed_labels (removed_at);
