-- Up Migration
-- No transaction

-- An operator looks at all tenants again and again: what fails and what waits for a person are few among many, and counted for
-- each of them.
drop index concurrently if exists syncs_failed;
create index concurrently syncs_failed on syncs (tenant_id, ended_at desc) where status = 'failed';
drop index concurrently if exists account_states_to_reconnect;
create index concurrently account_states_to_reconnect on account_states (tenant_id, account_id) where status = 'reauth_required';
