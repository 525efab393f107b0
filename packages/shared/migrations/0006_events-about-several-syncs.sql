-- Up Migration

-- Facts about an account that several syncs have in their audit trail.
create index events_about_several_syncs on events (account_id, epoch, seq)
  where type in ('account.reconnected', 'account.restored');
