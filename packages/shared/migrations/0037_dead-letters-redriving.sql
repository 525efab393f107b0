-- Up Migration
-- No transaction

-- Of each sync that is shown: how many of its dead letters are being tried again. They are few, and for a short time.
drop index concurrently if exists dead_letters_redriving;
create index concurrently dead_letters_redriving on dead_letters (sync_id) where state = 'redriving';
