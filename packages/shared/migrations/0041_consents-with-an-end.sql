-- Up Migration

-- When the consent to an account ends, as the provider said when it was given (a person allows access for a time, or the OAuth
-- client is one in testing); null: it has no end that we know.
alter table accounts add column consent_ends_at timestamptz;
-- When it was told that this end is near.
alter table accounts add column consent_told_at timestamptz;
create index accounts_by_consent_end on accounts (consent_ends_at) where consent_ends_at is not null;
