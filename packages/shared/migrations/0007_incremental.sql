-- Up Migration

-- A verification that a sync runs, to find what of an earlier copy is not right any more. It stands beside those that
-- people ask for.
alter table verifications add column sync_id text;
drop index verifications_running;
create unique index verifications_running on verifications (account_id) where status = 'running' and sync_id is null;

-- The labels of each mailbox, as it calls them.
create table labels (
  account_id        text not null references accounts on delete cascade,
  id                text not null,
  tenant_id         text not null,
  name              text not null,
  type              text not null check (type in ('system', 'user')),
  text_color        text,
  background_color  text,
  seen_at           timestamptz not null,
  primary key (account_id, id)
);

-- Labels that are there no more, so that messages which come late do not bear them; and labels that messages were stored
-- with before any look at the mailbox has found them, because they may be.
create table removed_labels (
  account_id  text not null references accounts on delete cascade,
  id          text not null,
  tenant_id   text not null,
  removed_at  timestamptz not null,
  primary key (account_id, id)
);

-- The work of its sync that wrote a message last, and what that did to it; null for what was written before this was
-- kept. A log that was lost makes a sync cut its chunks anew: their numbers do not tell one work from another.
alter table messages drop column chunk_index;
alter table messages add column work text;
alter table messages add column last_change text check (last_change in ('added', 'changed', 'deleted'));

-- Messages that were gone before they were stored: an older fetch that comes late must not bring them back. Known is the
-- place of that in the mailbox's history, or which work asked for them in vain: no other delivery of it may store them.
create table tombstones (
  account_id   text not null references accounts on delete cascade,
  provider_id  text not null,
  tenant_id    text not null,
  history_id   text,
  sync_id      text,
  work         text,
  buried_at    timestamptz not null default now(),
  primary key (account_id, provider_id)
);
create index tombstones_by_age on tombstones (buried_at);

alter table syncs add column stage text;

-- Places in a mailbox's history as numbers, whatever their length; null for what is none.
create function history_order(history_id text) returns numeric immutable parallel safe language sql
  return case when history_id ~ '^[0-9]{1,200}$' then history_id::numeric end;

-- Labels after some came and some went; those that stay keep their order.
create function apply_labels(current text[], added text[], removed text[]) returns text[]
  immutable parallel safe language sql
  return array(
    select label from unnest(current) with ordinality as c (label, place) where label <> all (removed) order by place
  ) || array(
    select label from unnest(added) with ordinality as a (label, place) where label <> all (current) order by place
  );
