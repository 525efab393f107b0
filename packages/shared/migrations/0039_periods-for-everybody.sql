-- Up Migration

-- For how long things are kept where a tenant says nothing else, as the janitor that does retention has it: {"finishedSyncsDays": 30, …}.
-- Null: none has said so yet.
alter table installation add column retention jsonb;
