/**
 * Notes labels that messages bear from now on and that the newest look at the mailbox has not seen: if the next one does
 * not find them there, they were deleted. $1 is the tenant, $2 the account.
 *
 * @param borne what to select from; it has a column `label`
 */
export const doubtLabelsSql = (borne: string): string => `
  insert into removed_labels as known (account_id, id, tenant_id, removed_at)
  select distinct $2, label, $1, now() from ${borne}
  where not exists (select from labels where account_id = $2 and id = label)
  order by label
  on conflict (account_id, id) do update set removed_at = excluded.removed_at
    where known.removed_at < excluded.removed_at - interval '10 minutes'`;
