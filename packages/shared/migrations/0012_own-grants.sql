-- Up Migration

-- The credential that was seen to open the account's own mailbox (a hash of address and refresh token): whoever works for
-- the account with it need not ask whose mailbox it is, also after a restart.
alter table access_tokens add column own_grant text;
