-- Up Migration

-- The installation's id, once a blob store bears it as its mark. From then on a store without a mark is not a new one but a
-- disk that is not mounted, or another folder. A copy that is given an id of its own begins without a store.
alter table installation add column blob_store_owner text;

-- Content was put by us already, so its store was marked with the first of it.
update installation set blob_store_owner = id where exists (select from attachments where sha256 > '');

-- Services may not write to this table.
create function note_blob_store() returns void security definer language sql
begin atomic
  update installation set blob_store_owner = id where blob_store_owner is distinct from id;
end;
revoke execute on function note_blob_store() from public;
