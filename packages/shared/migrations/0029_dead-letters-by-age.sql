-- Up Migration
-- No transaction

-- Retention looks for dead letters that were settled long ago, and whether any names the bytes of a message.
drop index concurrently if exists dead_letters_settled;
create index concurrently dead_letters_settled on dead_letters (updated_at) where state in ('resolved', 'discarded');
drop index concurrently if exists dead_letters_by_message;
create index concurrently dead_letters_by_message on dead_letters (account_id, provider_id);
drop index concurrently if exists dead_letter_contents_by_age;
create index concurrently dead_letter_contents_by_age on dead_letter_contents (kept_at);
