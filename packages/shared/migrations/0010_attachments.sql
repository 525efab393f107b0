-- Up Migration

-- What is kept of an account's attachments beside their names and sizes: nothing, what was asked for once, or all.
alter table accounts
  add column attachments text not null default 'metadata' check (attachments in ('metadata', 'lazy', 'eager'));

alter table attachments
  -- Names the blob that holds the content. A blob is in use as long as a row names it: rows are counted, no counter is.
  add column sha256          text check (sha256 ~ '^[0-9a-f]{64}$'),
  add column blob_size       bigint,
  add column fetched_at      timestamptz,
  -- Attempts of syncs to fetch the content that failed by accident. When they are spent, the failure is noted.
  add column fetch_attempts  integer not null default 0,
  -- {category, message, at}: why syncs leave the content alone. Whoever asks for it has it tried again.
  add column failure         jsonb,
  -- Where the encoded content lies in the exact message, where that is kept: found without reading all of it.
  add column raw_start       integer,
  add column raw_end         integer,
  add column raw_encoding    text,
  add check ((sha256 is null) = (blob_size is null) and (sha256 is null) = (fetched_at is null));
create index attachments_by_blob on attachments (sha256) where sha256 is not null;
