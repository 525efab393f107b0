-- Up Migration

-- Of a change: the fields of its body, by their names, and what was made by it.
alter table audit_entries
  add column fields   text[] not null default '{}',
  add column made_id  text;
