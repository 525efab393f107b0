-- Up Migration

-- Comparisons of mailboxes with the store that nobody has to ask for.

alter table verifications
  -- Who asked: somebody over the API, or the janitor, because it was the account's turn.
  add column trigger        text not null default 'api',
  -- How many comparisons in a row, this one included, found differences although those of the one before were taken in.
  add column drifts_in_row  integer not null default 0;

-- How often each of the tenant's accounts is compared, in days; 0: never by itself, null: as it is for everybody.
alter table tenants add column verify_every_days integer;

-- When it is each account's turn. Its place in the period follows from the account's id, so that turns are spread.
create table verification_turns (
  account_id  text primary key,
  tenant_id   text not null,
  every_days  integer not null,
  due_at      timestamptz not null,
  foreign key (tenant_id, account_id) references accounts (tenant_id, id) on delete cascade
);
create index verification_turns_due on verification_turns (due_at);
