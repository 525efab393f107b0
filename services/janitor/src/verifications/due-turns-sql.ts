/**
 * Of turns `turn`: accounts that can be compared now. Not those that refuse us or are being removed; not while a sync of
 * theirs has not ended, running or paused; not while they are compared already. They stay due meanwhile.
 */
export const canBeVerifiedSql = `
  exists (
    select from accounts a join account_states s on s.account_id = a.id
    where a.id = turn.account_id and a.removing_at is null and s.status = 'connected' and s.watermark is not null
  )
  and not exists (select from syncs y where y.account_id = turn.account_id and y.ended_at is null)
  and not exists (select from verifications v where v.account_id = turn.account_id and v.status = 'running')`;

/** How many accounts could have been compared for so long, and were not. */
export const overdueTurnsSql = (seconds: number): string => `
  select count(*)::int from verification_turns turn
  where turn.due_at < now() - make_interval(secs => ${seconds}) and ${canBeVerifiedSql}`;
