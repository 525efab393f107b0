-- Up Migration

-- In which version of its type a fact is kept here: a reader brings older ones to its own, and leaves newer ones alone.
-- A service of an earlier release writes version 1.
alter table events add column version smallint not null default 1;
