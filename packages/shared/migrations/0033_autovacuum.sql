-- Up Migration

-- When dead rows are cleared away. Postgres' default waits for a fifth of a table to be dead: of ten million messages that is
-- two million rows, which every search passes by; of a table of a few hot rows it is right, but it looks again only after the
-- pages have grown to many times what their rows need.

-- Large tables, from which retention removes much at a time: from a hundredth of them on. How fast autovacuum goes stays as
-- the server says, so that it does not take the disk from a sync.
do $$
declare large text;
begin
  foreach large in array array['messages', 'message_contents', 'attachments', 'events', 'chunks', 'sync_requests',
    'audit_entries', 'webhook_deliveries', 'dead_letters', 'dead_letter_contents', 'verification_messages']
  loop
    execute format('alter table %I set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000,
      autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)', large);
  end loop;
end $$;

-- The long values of these stand in tables of their own, which have settings of their own.
alter table messages set (toast.autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_vacuum_threshold = 5000);
alter table message_contents set (toast.autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_vacuum_threshold = 5000);
alter table dead_letter_contents set (toast.autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_vacuum_threshold = 5000);
alter table events set (toast.autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_vacuum_threshold = 5000);

-- Rows of these are written again and again, some with each batch of facts. Many are there, few are hot, and indexes that name
-- what changes (a sync's version) grow with each writing: from so many dead rows on, however large the table is, and without
-- pauses, since what is to be done is little.
do $$
declare hot text;
begin
  foreach hot in array array['syncs', 'account_states', 'activity_minutes', 'checkpoints', 'access_tokens', 'claims',
    'schedules', 'watches', 'tenant_lines', 'webhook_endpoints', 'browser_tokens', 'sync_removals', 'account_removals']
  loop
    execute format('alter table %I set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
      autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05)', hot);
  end loop;
end $$;
