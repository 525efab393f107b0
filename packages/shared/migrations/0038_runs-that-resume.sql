-- Up Migration

-- Up to where a run came that did not end its work, where the next one could not find that out but by doing it all again
-- (names of blobs); null: the next one begins at the beginning.
alter table retention_runs add column resume_after text;
