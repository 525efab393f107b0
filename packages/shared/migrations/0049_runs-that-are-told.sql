-- Up Migration

-- Whether the log has the facts of what an ended run has removed. Its row says first how it ended, so that the facts tell what the
-- record has; who dies in between leaves a row by which the next janitor tells it. A run of the release before is told as it ends.
alter table retention_runs add column told boolean not null default true;
create index retention_runs_untold on retention_runs (id) where not told;
